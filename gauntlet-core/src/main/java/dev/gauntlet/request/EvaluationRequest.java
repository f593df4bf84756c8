package dev.gauntlet.request;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.model.ModelCard;
import java.util.List;
import java.util.Optional;

/**
 * Everything that is asked of one evaluation: a plan, the command line, a build tool and a test all fill in this object,
 * and the record of a run contains it.
 *
 * <p>The attacks are one worst case: an example goes on to the next attack only while it is robust. So the cheap ones come
 * first.
 *
 * @param model the model under attack
 * @param data the examples
 * @param sampling which of the examples, and the seed of every random choice
 * @param threat what the adversary may change, and what it wants
 * @param attacks the attacks in their order, at least one; {@code autoattack} stands for its four
 * @param access what the attacks may see of the model
 * @param certificates when and how examples are certified, if at all
 * @param diagnostics what may be spent on finding out what the number is worth
 * @param limits when the evaluation may end early
 * @param execution how the work is divided
 */
public record EvaluationRequest(
        ModelRef model,
        DataRef data,
        Sampling sampling,
        Threat threat,
        List<AttackRef> attacks,
        Access access,
        Optional<Certificates> certificates,
        DiagnosticsBudget diagnostics,
        Limits limits,
        Execution execution) {
    public EvaluationRequest {
        if (attacks.isEmpty()) {
            throw new GauntletException("An evaluation needs at least one attack.");
        }
        attacks = List.copyOf(attacks);
        limits.question().ifPresent(question -> question.requireAsked(threat.budgets()));
        if (certificates.isPresent()) {
            Certificates.requireBudget(threat.budgets());
        }
    }

    /**
     * Asks for an evaluation without certificates.
     *
     * @param model the model under attack
     * @param data the examples
     * @param sampling which of the examples, and the seed of every random choice
     * @param threat what the adversary may change, and what it wants
     * @param attacks the attacks in their order, at least one
     * @param access what the attacks may see of the model
     * @param diagnostics what may be spent on finding out what the number is worth
     * @param limits when the evaluation may end early
     * @param execution how the work is divided
     */
    public EvaluationRequest(
            ModelRef model,
            DataRef data,
            Sampling sampling,
            Threat threat,
            List<AttackRef> attacks,
            Access access,
            DiagnosticsBudget diagnostics,
            Limits limits,
            Execution execution) {
        this(model, data, sampling, threat, attacks, access, Optional.empty(), diagnostics, limits, execution);
    }

    /**
     * Finds the attacks of the request.
     *
     * @return the attacks in their order, each once
     * @throws GauntletException if this program has no such attack or option, an attack needs more access than there is, does
     *     not support the norm, or has no targeted variant although the goal needs one
     */
    public List<Attack<?>> knownAttacks() {
        List<Attack<?>> known = attacks.stream()
                .flatMap(attack -> access.parse(attack.toString(), threat.norm()).stream())
                .distinct()
                .toList();
        for (Attack<?> attack : known) {
            threat.requireFit(attack, access);
        }
        return known;
    }

    /**
     * Finds the certifier of the request.
     *
     * @return the certifier; empty if nothing is to be certified
     * @throws GauntletException if this program has no such certifier or option, or it does not support the norm
     */
    public Optional<Certifier> knownCertifier() {
        return certificates.map(this::knownCertifier);
    }

    private Certifier knownCertifier(Certificates asked) {
        Certifier certifier = asked.known();
        certifier.requireFit(threat.budgets().get(0));
        return certifier;
    }

    /**
     * Returns the same request with certificates.
     *
     * @param other when and how examples are certified
     * @return the request
     */
    public EvaluationRequest withCertificates(Certificates other) {
        return new EvaluationRequest(
                model, data, sampling, threat, attacks, access, Optional.of(other), diagnostics, limits, execution);
    }

    /**
     * Returns the same request with other access to the model.
     *
     * @param other what the attacks may see
     * @return the request
     */
    public EvaluationRequest withAccess(Access other) {
        return new EvaluationRequest(
                model, data, sampling, threat, attacks, other, certificates, diagnostics, limits, execution);
    }

    /**
     * Returns the same request with other limits.
     *
     * @param other when the evaluation may end early
     * @return the request
     */
    public EvaluationRequest withLimits(Limits other) {
        return new EvaluationRequest(
                model, data, sampling, threat, attacks, access, certificates, diagnostics, other, execution);
    }

    /**
     * Returns the same request with another budget of the diagnostics.
     *
     * @param other what the diagnostics may spend
     * @return the request
     */
    public EvaluationRequest withDiagnostics(DiagnosticsBudget other) {
        return new EvaluationRequest(
                model, data, sampling, threat, attacks, access, certificates, other, limits, execution);
    }

    /**
     * Returns the same request for another model.
     *
     * @param other the model under attack
     * @return the request
     */
    public EvaluationRequest withModel(ModelRef other) {
        return new EvaluationRequest(
                other, data, sampling, threat, attacks, access, certificates, diagnostics, limits, execution);
    }

    /**
     * Returns the same request with the checksums of what was opened for it and with all options of its attacks, and without
     * the number of workers.
     *
     * @param card the model that was opened
     * @param origin the data that was read
     * @return the request, which can be repeated with exactly this model, this data and these attacks
     * @throws GauntletException if the model or the data is not the one that the request asks for, or as {@link
     *     #knownAttacks} does
     */
    public EvaluationRequest resolved(ModelCard card, DataOrigin origin) {
        model.requireSame(card);
        data.requireSame(origin);
        return new EvaluationRequest(
                model.resolved(card),
                data.resolved(origin),
                sampling,
                threat,
                knownAttacks().stream().map(AttackRef::of).toList(),
                access,
                certificates.map(asked -> Certificates.of(asked.moment(), knownCertifier(asked))),
                diagnostics,
                limits,
                execution.withoutWorkers());
    }

    /**
     * Tells whether none of the attacks needs more of a model than its logits.
     *
     * @return whether all of them may attack a black box
     * @throws GauntletException as {@link #knownAttacks} does
     */
    public boolean needsLogitsOnly() {
        return knownAttacks().stream().allMatch(Access.BLACK_BOX::allows);
    }

    /**
     * Writes the request line by line, the same for equal requests on every machine and with every version of Java.
     *
     * @return the text, one line for each value that is there, ending with a line break
     */
    public String canonicalText() {
        return CanonicalText.of(this);
    }

    /**
     * Returns what tells this evaluation from every other: with the same essence, the attacks of two requests achieve the
     * same to the last digit, except that an engine may round differently if only one of them has limits, because that one
     * computes fewer examples together. The budget of the diagnostics, limits, the number of workers and, where the checksum is
     * known, the place of a file are not part of it. Its canonical text identifies the journal of an evaluation.
     *
     * @return the same request without these
     */
    public EvaluationRequest essence() {
        return new EvaluationRequest(
                model.essence(),
                data.essence(),
                sampling,
                threat,
                attacks,
                access,
                certificates,
                DiagnosticsBudget.AUTOMATIC,
                Limits.NONE,
                execution.withoutWorkers());
    }
}
