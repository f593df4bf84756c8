# syntax=docker/dockerfile:1
# An image with Gauntlet, for builds. ./mvnw verify -Pdistribution -DskipTests, then
#   docker build --build-arg VERSION=0.1.0-SNAPSHOT -t gauntlet .
#   docker run --rm -u "$(id -u)" -v "$PWD:/work" gauntlet evaluate model.onnx --data images.npz --out runs/docker
FROM eclipse-temurin:21-jre-noble
ARG VERSION
# The native libraries and the archive of classes are made here, so that a container starts at once and writes nothing.
RUN --mount=type=bind,source=gauntlet-cli/target,target=/build \
    --mount=type=bind,source=docker/install,target=/install \
    sh /install "/build/gauntlet-${VERSION}-linux-x86_64.tar.gz" /opt/gauntlet \
    && ln -s /opt/gauntlet/bin/gauntlet /usr/local/bin/gauntlet \
    && useradd --uid 10001 --create-home gauntlet
ENV GAUNTLET_JAVA_OPTIONS="-Duser.home=/tmp -Dorg.bytedeco.javacpp.cachedir=/opt/gauntlet/natives"
USER 10001
WORKDIR /work
ENTRYPOINT ["gauntlet"]
CMD ["--help"]
