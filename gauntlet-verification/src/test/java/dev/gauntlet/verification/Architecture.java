package dev.gauntlet.verification;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/** The arrows between the packages, as rules over any root so that they can be tried on planted violations. */
final class Architecture {
    /** The line of the core: a package looks only to its left. */
    static final List<String> LINE = List.of(
            "data",
            "loss",
            "model",
            "threat",
            "attack",
            "certify",
            "request",
            "format",
            "diagnose",
            "evaluate",
            "gate");

    private Architecture() {}

    /** No package of the line looks to its right. */
    static List<ArchRule> arrows(String root) {
        return IntStream.range(0, LINE.size() - 1)
                .<ArchRule>mapToObj(i -> noClasses()
                        .that()
                        .resideInAPackage(inside(root, LINE.get(i)))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(LINE.subList(i + 1, LINE.size()).stream()
                                .map(right -> inside(root, right))
                                .toArray(String[]::new))
                        .as("%s looks only to its left in %s".formatted(LINE.get(i), String.join(" <- ", LINE))))
                .toList();
    }

    /** The kit is what attacks are built from, so it knows none of them. */
    static ArchRule kitLooksToItsLeft(String root) {
        return noClasses()
                .that()
                .resideInAPackage(inside(root, "attack.kit"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(root + ".attack")
                .as("attack.kit does not see attack");
    }

    /** The root package is seen by all and sees none. */
    static ArchRule rootSeesNone(String root) {
        return noClasses()
                .that()
                .resideInAPackage(root)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(root + ".*..")
                .as(root + " sees none of its packages");
    }

    /** The unit of work of an evaluation sees nothing of what divides the work and judges the results. */
    static ArchRule shardsSeeNoEvaluation(String root) {
        return noClasses()
                .that()
                .resideInAPackage(inside(root, "evaluate.shard"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(root + ".evaluate")
                .as("evaluate.shard does not see evaluate");
    }

    /** Every class of the core has its place in the line, or is in the root. */
    static ArchRule everyClassHasItsPlace(String root) {
        return classes()
                .should()
                .resideInAnyPackage(core(root))
                .as("every class of the core is in the root or in the line " + String.join(" <- ", LINE));
    }

    /** The core is plain Java, small mathematics and a reader of CSV. */
    static ArchRule coreIsPlainJava(String root) {
        return classes()
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(core(root))
                        .or(resideInAnyPackage(
                                "java..",
                                "javax.net.ssl..",
                                "org.apiguardian.api..",
                                "org.jspecify.annotations..",
                                "org.apache.commons.statistics..",
                                "de.siegmar.fastcsv.."))
                        .or(PRIMITIVES))
                .as("the core depends on nothing but the JDK, annotations, commons-statistics and FastCSV");
    }

    /** Native code is named in few places. */
    static ArchRule onlyTheEngineNamesNativeCode(String... engines) {
        return noClasses()
                .that()
                .resideOutsideOfPackages(inside(engines))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.bytedeco..", "ai.onnxruntime..")
                .as("only %s names native code".formatted(String.join(" and ", engines)));
    }

    /** One module does not see another. */
    static ArchRule doesNotSee(String module, String... others) {
        return noClasses()
                .that()
                .resideInAPackage(module + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(inside(others))
                .as("%s does not see %s".formatted(module, String.join(", ", others)));
    }

    /** Users must know of every class whether it may change; the site is not published. */
    static ArchRule everyPackageHasAStatus() {
        return classes()
                .that()
                .resideOutsideOfPackage("dev.gauntlet.site..")
                .should(be(describe(
                        "in a package whose package-info has the annotation @API",
                        type -> type.getPackage().isAnnotatedWith(API.class))));
    }

    private static final DescribedPredicate<JavaClass> PRIMITIVES =
            describe("primitive", type -> type.getBaseComponentType().isPrimitive());

    private static String[] core(String root) {
        return Stream.concat(Stream.of(root), LINE.stream().map(name -> inside(root, name)))
                .toArray(String[]::new);
    }

    private static String[] inside(String... packages) {
        return Stream.of(packages).map(name -> name + "..").toArray(String[]::new);
    }

    private static String inside(String root, String name) {
        return root + "." + name + "..";
    }
}
