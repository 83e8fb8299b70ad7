import type { ApprovalRequest, AuditEntry, Decision, DecisionAnswer } from '../contracts';

/**
 * Takes decisions for one run and keeps all of them, the refused ones too. A decision counts only for the candidate that
 * the run waits for, and only once. Pure: the time comes from outside.
 */
export class ApprovalDesk {
  readonly trail: AuditEntry[] = [];
  request: ApprovalRequest | null = null;
  decision: (Decision & { channel: AuditEntry['channel'] }) | null = null;
  /** How many entries of the trail are in the store. */
  audited = 0;
  private closed: string | null = null;

  /** From now on a decision on this candidate counts. */
  open(request: ApprovalRequest): void {
    this.request = request;
  }

  /** From now on no decision counts, since the run … */
  close(because: string): void {
    this.closed = because;
  }

  get waits(): boolean {
    return this.request !== null && this.closed === null;
  }

  get settled(): boolean {
    return this.decision !== null;
  }

  /** Takes a well-formed decision; whether it counted, and why, is answered and kept. */
  take(decision: Decision, channel: AuditEntry['channel'], at: string): DecisionAnswer {
    const refusal = this.refusal(decision);
    if (refusal === null) this.decision = { ...decision, channel };
    const answer = refusal ?? `${decision.decision === 'approve' ? 'approved' : 'rejected'} ${decision.candidate}`;
    const { candidate, by, reason } = decision;
    this.trail.push({ at, channel, decision: decision.decision, candidate, by, reason, accepted: refusal === null, answer });
    return { accepted: refusal === null, answer };
  }

  /** Keeps what came by Signal and cannot be read; it changes nothing. */
  refuseMalformed(problem: string, at: string): void {
    this.trail.push({
      at, channel: 'signal', decision: 'malformed', candidate: null, by: 'unnamed', reason: '', accepted: false, answer: problem,
    });
  }

  private refusal({ candidate, digest }: Decision): string | null {
    const { request, decision, closed } = this;
    if (closed !== null) return `refused: this run ${closed}`;
    if (!request) return 'refused: this run does not wait for a decision';
    if (candidate !== request.candidate) return `refused: this run waits for a decision on ${request.candidate}, not on ${candidate}`;
    if (digest !== undefined && digest !== request.digest)
      return `refused: ${candidate} has the digest ${request.digest}, not ${digest}`;
    if (decision) return `refused: ${candidate} is decided already (${decision.decision} by ${decision.by})`;
    return null;
  }
}
