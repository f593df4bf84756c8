package dev.gauntlet.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.data.ImageShape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PicturesTest {
    @Test
    void oneChannelIsGrey() throws IOException {
        BufferedImage image =
                read(Pictures.png(new float[] {0, 0.5f, 1, 0.2f, 100 / 255f, 2}, new ImageShape(1, 2, 3)));

        assertThat(image.getWidth()).isEqualTo(3);
        assertThat(image.getHeight()).isEqualTo(2);
        assertThat(image.getRaster().getNumBands()).isEqualTo(1);
        assertThat(image.getRaster().getSamples(0, 0, 3, 2, 0, (int[]) null))
                .containsExactly(0, 128, 255, 51, 100, 255);
    }

    @Test
    void threeChannelsAreColours() throws IOException {
        // one row of two pixels: planes of red, green, blue
        BufferedImage image = read(Pictures.png(new float[] {1, 0, 0.2f, 0.4f, 0, 1}, new ImageShape(3, 1, 2)));

        assertThat(image.getRGB(0, 0)).isEqualTo(0xffff3300);
        assertThat(image.getRGB(1, 0)).isEqualTo(0xff0066ff);
    }

    @Test
    void otherChannelsAreAveraged() throws IOException {
        BufferedImage image = read(Pictures.png(new float[] {1, 0, 0, 0.2f}, new ImageShape(2, 1, 2)));

        assertThat(image.getRaster().getSamples(0, 0, 2, 1, 0, (int[]) null)).containsExactly(128, 26);
    }

    @Test
    void changeIsGreyWhereNothingChanged() throws IOException {
        float[] clean = {0.5f, 0.5f, 0.5f, 0.5f};
        float[] adversarial = {0.5f, 0.6f, 0.4f, 0.55f};

        BufferedImage image = read(Pictures.change(clean, adversarial, 5, new ImageShape(1, 2, 2)));

        assertThat(image.getRaster().getSamples(0, 0, 2, 2, 0, (int[]) null)).containsExactly(128, 255, 0, 191);
    }

    @Test
    void coloursReachTheFolder() throws IOException {
        byte[] png = ReportFolder.files(Reports.usual().shape(3, 4, 5).build()).get("images/example-101-clean.png");

        assertThat(read(png).getRaster().getNumBands()).isEqualTo(3);
        assertThat(read(png).getWidth()).isEqualTo(5);
    }

    private static BufferedImage read(byte[] png) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(png));
    }
}
