package dev.gauntlet.report;

import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.Overstatement;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Gate;
import dev.gauntlet.gate.Judgement;
import dev.gauntlet.gate.Verdict;
import java.io.StringWriter;
import java.util.Optional;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Writes the report as a test suite in the elements of Surefire's report schema. */
final class JUnitXml {
    private final RobustnessReport report;
    private final Optional<Gate.Decision> decision;
    private final XMLStreamWriter xml;

    private JUnitXml(RobustnessReport report, Optional<Gate.Decision> decision, XMLStreamWriter xml) {
        this.report = report;
        this.decision = decision;
        this.xml = xml;
    }

    static String of(RobustnessReport report, Optional<Gate.Decision> decision) {
        StringWriter text = new StringWriter();
        try {
            XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
            new JUnitXml(report, decision, xml).write();
            xml.close();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("writing to a string failed", e);
        }
        return text + "\n";
    }

    private void write() throws XMLStreamException {
        int requirements = decision.map(made -> made.judgements().size()).orElse(0);
        int raised = (int) report.diagnostics().stream()
                .filter(diagnostic -> diagnostic.raised() && !isLimited(diagnostic))
                .count();
        int limited = (int) report.diagnostics().stream()
                .filter(diagnostic -> diagnostic.raised() && isLimited(diagnostic))
                .count();
        int notMeasured = (int) report.diagnostics().stream()
                .filter(diagnostic -> diagnostic.outcome() == Diagnostic.Outcome.NOT_MEASURED)
                .count();
        boolean judged = decision.isPresent();
        xml.writeStartDocument("UTF-8", "1.0");
        line("");
        xml.writeStartElement("testsuite");
        attribute("name", suite());
        attribute("time", Formats.decimal(report.timing().evaluationSeconds(), 3));
        attribute("tests", Integer.toString(requirements + report.diagnostics().size()));
        attribute("errors", Integer.toString(judgements(Verdict.INCONCLUSIVE)));
        attribute("skipped", Integer.toString(notMeasured + limited + (judged ? raised : 0)));
        attribute("failures", Integer.toString(judgements(Verdict.FAIL) + (judged ? 0 : raised)));
        line("");
        xml.writeStartElement("properties");
        property("gauntlet.trust", report.trust().toString());
        if (report.probes().overstatement().isPresent()) {
            Overstatement known = report.probes().overstatement().get();
            property("gauntlet.overstatement.lower", Double.toString(known.lower()));
            property("gauntlet.overstatement.upper", Double.toString(known.upper()));
        }
        property("gauntlet.plan", report.plan().name());
        property("gauntlet.seed", Long.toString(report.plan().seed()));
        if (report.model().sha256().isPresent()) {
            property("gauntlet.model.sha256", report.model().sha256().get());
        }
        line("");
        xml.writeEndElement();
        if (judged) {
            for (Judgement judgement : decision.orElseThrow().judgements()) {
                testCase(judgement);
            }
        }
        for (Diagnostic diagnostic : report.diagnostics()) {
            testCase(diagnostic, judged);
        }
        line("");
        xml.writeEndElement();
        xml.writeEndDocument();
    }

    /** A sign that only limits the evaluation is not a failure. */
    private static boolean isLimited(Diagnostic diagnostic) {
        return diagnostic.indicator().severity() == Trust.LIMITED;
    }

    private String suite() {
        return "gauntlet: %s on %s %s"
                .formatted(
                        report.model().name(),
                        report.data().name(),
                        report.data().split());
    }

    private int judgements(Verdict verdict) {
        return (int) decision.stream()
                .flatMap(made -> made.judgements().stream())
                .filter(judgement -> judgement.verdict() == verdict)
                .count();
    }

    private void testCase(Judgement judgement) throws XMLStreamException {
        begin(judgement.requirement(), "gauntlet.requirements");
        switch (judgement.verdict()) {
            case FAIL -> outcome("failure", judgement.evidence(), "missed", Formats.sentences(judgement.explanation()));
            case INCONCLUSIVE ->
                outcome("error", judgement.evidence(), "inconclusive", Formats.sentences(judgement.explanation()));
            case PASS -> element("system-out", judgement.evidence());
        }
        end();
    }

    private void testCase(Diagnostic diagnostic, boolean judged) throws XMLStreamException {
        begin(diagnostic.indicator().title(), "gauntlet.diagnostics");
        switch (diagnostic.outcome()) {
            case RAISED ->
                outcome(
                        judged || isLimited(diagnostic) ? "skipped" : "failure",
                        "RAISED: " + diagnostic.finding(),
                        diagnostic.indicator().severity().toString(),
                        "%s %s (%s)"
                                .formatted(
                                        diagnostic.indicator().explanation(),
                                        diagnostic.indicator().remedy(),
                                        Signs.limit(diagnostic)));
            case NOT_MEASURED -> outcome("skipped", diagnostic.finding(), "", "");
            case QUIET -> element("system-out", diagnostic.finding());
        }
        end();
    }

    private void begin(String name, String group) throws XMLStreamException {
        line("  ");
        xml.writeStartElement("testcase");
        attribute("name", name);
        attribute("classname", group);
        attribute("time", "0");
    }

    private void end() throws XMLStreamException {
        line("  ");
        xml.writeEndElement();
    }

    private void outcome(String element, String message, String type, String text) throws XMLStreamException {
        line("    ");
        xml.writeStartElement(element);
        attribute("message", message);
        // the schema has no type attribute for skipped tests
        if (!element.equals("skipped")) {
            attribute("type", type);
        }
        xml.writeCharacters(Formats.plain(text));
        xml.writeEndElement();
    }

    private void element(String name, String text) throws XMLStreamException {
        line("    ");
        xml.writeStartElement(name);
        xml.writeCharacters(Formats.plain(text));
        xml.writeEndElement();
    }

    private void property(String name, String value) throws XMLStreamException {
        line("  ");
        xml.writeEmptyElement("property");
        attribute("name", name);
        attribute("value", value);
    }

    private void attribute(String name, String value) throws XMLStreamException {
        xml.writeAttribute(name, Formats.plain(value));
    }

    private void line(String indent) throws XMLStreamException {
        xml.writeCharacters("\n" + indent);
    }
}
