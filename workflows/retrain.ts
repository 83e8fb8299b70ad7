import { ActivityFailure, allHandlersFinished, ApplicationFailure, CancellationScope, CancelledFailure, condition, isCancellation, log, patched, workflowInfo } from '@temporalio/workflow';
import type { Control, Pipeline, RetrainInput, RunResult } from '../contracts';
import { retrainExample, retrainInput } from '../contracts/run';
import { oneLine } from '../reports/words';
import { accept } from './accept';
import { awaitApproval, reasonsToAsk } from './approval';
import { ApprovalDesk } from './approval-desk';
import { decide } from './decide';
import { judge } from './gates';
import { answerPeople } from './handlers';
import { outlastStore, persevere } from './persevere';
import { RunState } from './run-state';
import { explainFailure, light, reading, training } from './steps';
import { nextSuites } from './suites';

/**
 * One pass of the lifecycle: resolve, pull, compare, decide, train, evaluate, gates, approval, promotion, report. Where
 * model, columns, categories or classes are no longer the champion's, a surgery is planned before the training.
 * Input: `{"pipeline": "electricity"}`; `until` leaves out rows from that time on.
 */
export async function retrain(input: RetrainInput): Promise<RunResult> {
  const request = accept(retrainInput, input, 'retrain', retrainExample);
  const desk = new ApprovalDesk();
  const state = new RunState(request.pipeline);
  answerPeople(state, desk);
  try {
    return await live(request, state, desk);
  } catch (error) {
    // Also of a run that fails or is cancelled the decisions are kept; none counts any more.
    const cancelled = CancellationScope.current().consideredCancelled;
    desk.close(cancelled ? 'was cancelled' : 'has failed');
    const audited = () =>
      CancellationScope.nonCancellable(() => writeAudit(request.pipeline, workflowInfo().runId, desk)).catch((unwritten: unknown) =>
        log.warn(oneLine(`${request.pipeline}: decisions could not be written into the audit trail: ${reasonOf(unwritten, state.pipeline)}`)));
    await audited();
    const { candidate } = state;
    // Where no attempt was running that could have heard of it, or one was killed, its checkpoints are still there.
    const clear = async (): Promise<void> => {
      if (candidate) await CancellationScope.nonCancellable(() => light.clearCheckpoints({ pipeline: request.pipeline, version: candidate.version })).catch(() => undefined);
    };
    if (cancelled && patched('cancelled-runs-clear-up')) {
      await clear();
      await audited();
      throw isCancellation(error) ? error : new CancelledFailure('the run was cancelled');
    }
    if (error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && error.cause.type === 'TrainingTooLong') await clear();
    throw explainFailure(error, state.pipeline, workflowInfo().taskQueue);
  } finally {
    // Otherwise the wait itself would end as cancelled, and with it a run that was promoted.
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  }
}

async function live(request: RetrainInput, state: RunState, desk: ApprovalDesk): Promise<RunResult> {
  const { workflowId, runId } = workflowInfo();

  state.enter('resolving', desk);
  const resolved = await light.resolve(request);
  const { pipeline, champion } = resolved;
  state.resolved(resolved);
  const step = { pipeline: pipeline.name, pipelineRevision: resolved.pipelineRevision, run: { workflowId, runId } };
  const heavy = training(pipeline);

  state.enter('pulling', desk);
  const snapshot = await reading.pull({ ...step, after: champion?.cursor ?? null, until: request.until ?? null });
  state.snapshot = snapshot;

  if (champion && snapshot.rows >= pipeline.retrain.minimumRows) {
    state.enter('comparing', desk);
    state.drift = await heavy.compare({ ...step, snapshot, champion });
  }

  state.enter('deciding', desk);
  const decision = decide({ pipeline, snapshot, champion, drift: state.drift });
  state.decision = decision;
  if (decision.action === 'skip') return finish('skipped', decision.because);
  const mode = decision.action;

  if (mode === 'surgery') {
    state.enter('planning', desk);
    state.surgery = await heavy.planSurgery({ ...step, snapshot, champion: champion! });
  }
  const operation = state.surgery ? { surgery: state.surgery.digest } : {};

  const { shape, newModel = false } = state.drift ?? {};
  const newArchitecture = mode === 'stateless' && (shape?.model ?? false);
  const version = await light.reserve({ ...step, mode, parent: champion?.version ?? null, newArchitecture, newModel });
  if (version === null) return finish('superseded', `${champion?.version} was withdrawn while this run compared with it`);
  state.candidate = { version, digest: null };
  state.enter('training', desk);
  const lesson = { ...step, version, mode, snapshot, champion, ...operation };
  const trained = await persevere({ pipeline: pipeline.name, version }, (begun) => training(pipeline, begun).train(lesson));
  state.candidate = { version, digest: trained.digest };
  state.training = trained;

  state.enter('evaluating', desk);
  // What was trained is not thrown away because the machine or the store is gone for a while.
  const evaluation = await outlastStore(() => training(pipeline, true).evaluate({ ...step, version, snapshot, champion }));
  state.evaluation = evaluation;
  if (state.surgery && pipeline.surgery?.control) {
    state.enter('controlling', desk);
    state.control = await heavy.trainControl({ ...step, version, snapshot }).catch((error: unknown) => withoutControl(error, version));
  }
  const verdict = judge(pipeline, evaluation, state.surgery);
  state.verdict = verdict;
  if (verdict.outcome === 'fail') {
    const reasons = verdict.gates.filter((gate) => gate.outcome === 'fail').map((gate) => gate.because);
    await light.refuse({ ...step, version, reasons });
    return finish('refused', reasons.join('; '));
  }

  const doubts = verdict.gates.filter((gate) => gate.outcome === 'doubt').map((gate) => gate.because);
  const asked = reasonsToAsk(pipeline, doubts, state.drift?.fired ? state.drift.because : [], state.surgery, champion?.rolledBack);
  if (asked.length > 0) {
    const answer = await awaitApproval(pipeline, { version, digest: trained.digest }, asked, state, desk);
    if (answer === 'reject') {
      const { by, reason } = desk.decision!;
      await light.refuse({ ...step, version, reasons: [`rejected by ${by}${reason ? `: ${reason}` : ''}`] });
      return finish('rejected', `rejected by ${by}${reason ? `: ${reason}` : ''}`);
    }
  }

  // What has begun to be promoted is promoted and reported, also where the run is cancelled meanwhile.
  return CancellationScope.nonCancellable(async () => {
    state.enter('promoting', desk);
    const promotion = await light.promote({
      ...step,
      version,
      digest: trained.digest,
      after: champion?.revision ?? 0,
      by: desk.decision?.by ?? 'policy',
      reason: decision.because,
      suites: nextSuites(pipeline, champion, evaluation, snapshot, version, desk.decision?.retire ?? []),
      // What is normal: how champions fared on the rows that came after them. The first one's held-out rows must do until then.
      losses: [...(champion?.losses ?? []), state.drift?.observed ?? evaluation.loss].slice(-5),
    });
    return promotion.moved
      ? finish('promoted', decision.because)
      : finish('superseded', `${promotion.champion} became champion (move ${promotion.revision}) while this run trained against ${champion?.version ?? 'none'}`);
  });

  /** What only compares does not end a run. */
  async function withoutControl(error: unknown, version: string): Promise<Control> {
    if (isCancellation(error) || !patched('controls-that-fail-end-no-run')) throw error;
    await light.clearCheckpoints({ pipeline: pipeline.name, version });
    return { failed: reasonOf(error, pipeline) || 'the control failed' };
  }

  async function finish(outcome: RunResult['outcome'], because: string): Promise<RunResult> {
    state.outcome = outcome;
    state.enter('reporting', desk);
    const result = state.result(outcome, because, desk);
    const stands = patched('what-is-decided-stands-without-a-page');
    if (stands) await writeAudit(step.pipeline, runId, desk);
    result.report = await light.report({ ...step, result, evidence: state.known(desk) }).catch((error: unknown) => {
      if (!stands || isCancellation(error)) throw error;
      log.warn(oneLine(`${pipeline.name}: its page could not be written: ${reasonOf(error, pipeline)}`));
      return null;
    });
    // What came while the page was written; all of it in runs that began before.
    await writeAudit(step.pipeline, runId, desk);
    state.enter('done', desk);
    log.info(oneLine(`${pipeline.name}: ${outcome}: ${because}`));
    return result;
  }
}

function reasonOf(error: unknown, pipeline: Pipeline | null): string {
  const failure = explainFailure(error, pipeline, workflowInfo().taskQueue);
  return failure instanceof Error ? failure.message : '';
}

/** An activity's input has its limit. */
const auditedAtOnce = 200;

/** Writes what of the audit trail is not in the store yet; entries that come meanwhile are written too. */
async function writeAudit(pipeline: string, runId: string, desk: ApprovalDesk): Promise<void> {
  while (desk.audited < desk.trail.length) {
    const entries = desk.trail.slice(desk.audited, desk.audited + auditedAtOnce).map((entry, i) => ({ id: `${runId}-${String(desk.audited + i).padStart(5, '0')}`, entry }));
    await light.audit({ pipeline, candidate: desk.request?.candidate ?? 'none', entries });
    desk.audited += entries.length;
  }
}
