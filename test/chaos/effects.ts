import { codeSubject, type EventType, type Heard } from '@fcode/events';
import { ofType } from '@fcode/reconcile';
import { isAcknowledged, type Operation } from './history.ts';

/** What became of the effects that clients were told of, and of those that they were not told of. */
export interface Effects {
  /** Acknowledged, and not there. */
  lost: string[];
  /** There more than once. */
  duplicated: string[];
  /** Answers that were wrong in themselves. */
  violations: string[];
}

/** The event that a request of a kind makes at most once, however often it is sent. */
const effectOf: Partial<Record<Operation['verb'], EventType>> = {
  hold: 'code.held',
  confirm: 'code.redeemed',
  redeem: 'code.redeemed',
  release: 'code.released',
  claim: 'code.claimed',
  grant: 'batch.created',
  link: 'link.created',
  reverse: 'reward.reversed',
};

/** Events by a name, each event once. */
const byName = <Event extends Heard>(events: readonly Event[], name: (event: Event) => string): Map<string, Event[]> =>
  Map.groupBy(events, name);

const wrongAtAll = new Set([400, 401, 403, 405, 413, 415, 422]);

/** Compares what clients were told with what stands in the log, in which each event is to be found once. */
export const judgeEffects = (operations: readonly Operation[], events: readonly Heard[]): Effects => {
  const effects: Effects = { lost: [], duplicated: [], violations: [] };
  const nameOf = ({ verb, id, by }: Operation) => `${verb} ${id} of ${by}`;
  const exactlyOnce = (operation: Operation, what: string, found: readonly unknown[] | undefined) => {
    const times = found?.length ?? 0;
    if (times === 0) effects.lost.push(`${nameOf(operation)}: ${what} was acknowledged, and is nowhere`);
    if (times > 1) effects.duplicated.push(`${nameOf(operation)}: ${what} is there ${times} times`);
  };

  const held = byName(ofType(events, 'code.held'), ({ data }) => data.holdId);
  const released = byName(ofType(events, 'code.released'), ({ data }) => data.holdId);
  const redeemedBy = byName(
    ofType(events, 'code.redeemed'),
    ({ data }) => `${codeSubject(data)} ${data.redemptionId} ${data.order.shop}/${data.order.orderId}`,
  );
  const redemptions = byName(ofType(events, 'code.redeemed'), ({ data }) => codeSubject(data));
  const claimed = byName(ofType(events, 'code.claimed'), ({ data }) => codeSubject(data));
  const batches = byName(ofType(events, 'batch.created'), ({ data }) => String(data.batch));
  const links = byName(
    ofType(events, 'link.created'),
    ({ data }) => `${data.memberId} ${data.campaignId} ${data.channel}`,
  );
  const reversed = byName(ofType(events, 'reward.reversed'), ({ data }) => data.referralId);
  const recorded = byName(ofType(events, 'contribution.recorded'), ({ data }) => `${data.source} ${data.ref}`);
  const takenBack = byName(ofType(events, 'contribution.reversed'), ({ data }) => `${data.source} ${data.ref}`);

  for (const operation of operations) {
    const { verb, answer = {}, status = 0, endedAt } = operation;
    if (endedAt === undefined) continue;
    if (wrongAtAll.has(status))
      effects.violations.push(`${nameOf(operation)}: was answered ${status} ${operation.word}`);
    if (verb === 'forge' && (status < 400 || operation.word !== 'code_not_valid')) {
      effects.violations.push(`${nameOf(operation)}: a forged code was answered ${status} ${operation.word ?? ''}`);
    }
    if (!isAcknowledged(operation)) continue;
    const { code = '', by, order = '' } = operation;
    switch (verb) {
      case 'hold':
        exactlyOnce(operation, `hold ${String(answer.holdId)}`, held.get(String(answer.holdId)));
        break;
      case 'release':
        exactlyOnce(operation, `the release of ${operation.holdId}`, released.get(operation.holdId ?? ''));
        break;
      case 'confirm':
      case 'redeem':
        exactlyOnce(
          operation,
          `redemption ${String(answer.redemptionId)}`,
          redeemedBy.get(`${code} ${String(answer.redemptionId)} ${by}/${order}`),
        );
        break;
      case 'claim': {
        const name = `code/${Number(answer.batch)}.${Number(answer.index)}`;
        exactlyOnce(
          operation,
          `the claim of ${name}`,
          claimed.get(name)?.filter(({ data }) => data.memberId === by),
        );
        break;
      }
      case 'grant':
        exactlyOnce(operation, `batch ${Number(answer.batch)}`, batches.get(String(answer.batch)));
        break;
      case 'link': {
        const { campaignId, channel } = operation.about as { campaignId: string; channel: string };
        exactlyOnce(operation, 'the link', links.get(`${by} ${campaignId} ${channel}`));
        break;
      }
      case 'reverse':
        exactlyOnce(operation, 'the reversal', reversed.get(String(operation.about?.referralId)));
        break;
      case 'contribute': {
        const { rows } = operation.about as { rows: { source: string; ref: string; kind: string }[] };
        const results = answer.results as { status: string; reason?: string }[];
        rows.forEach(({ source, ref, kind }, row) => {
          const name = `${source} ${ref}`;
          const counted = kind === 'reversal' ? takenBack : recorded;
          if (results[row]?.status === 'refused')
            effects.violations.push(`${nameOf(operation)}: ${name} was refused: ${results[row]?.reason}`);
          else exactlyOnce(operation, name, onceKnown(counted.get(name)));
        });
        break;
      }
      default:
    }
  }

  for (const [code, all] of redemptions) {
    if (all.length > 1)
      effects.duplicated.push(
        `${code} was sold ${all.length} times: ${all.map(({ data }) => data.order.orderId).join(', ')}`,
      );
  }
  for (const [code, all] of claimed) {
    if (all.length > 1) effects.duplicated.push(`${code} was handed out ${all.length} times`);
  }
  for (const [name, all] of recorded) {
    if (all.length > 1) effects.duplicated.push(`contribution ${name} was counted ${all.length} times`);
  }

  // However often a request was sent, and whatever anybody was told: it happened once or not at all, and had one answer.
  const causedBy = Map.groupBy(events, ({ correlationId }) => correlationId);
  for (const [request, attempts] of Map.groupBy(operations, ({ request }) => request)) {
    const [{ verb } = { verb: undefined }] = attempts;
    const effect = verb && effectOf[verb];
    if (!effect) continue;
    const made = attempts.flatMap(({ id }) => (causedBy.get(id) ?? []).filter(({ type }) => type === effect));
    const own =
      verb === 'release' ? ofType(made, 'code.released').filter(({ data }) => data.cause === 'released') : made;
    if (own.length > 1)
      effects.duplicated.push(`${verb} ${request}: ${attempts.length} attempts made ${own.length} ${effect}`);
    const answers = new Set(attempts.flatMap(({ text }) => text ?? []));
    if (answers.size > 1)
      effects.violations.push(`${verb} ${request}: was answered in ${answers.size} ways: ${[...answers].join(' | ')}`);
  }
  effects.violations.push(...judgeClaimReads(operations, claimed));
  return effects;
};

/** A reversal that came before its contribution is told twice: when it came, and with what it took back. */
const onceKnown = (found: readonly Heard<'contribution.recorded' | 'contribution.reversed'>[] = []) => {
  const known = found.filter(({ data }) => data.kind !== undefined);
  return known.length > 0 ? known : found;
};

/** A member's list shows every code whose claim had been answered, and none that was not the member's. */
const judgeClaimReads = (
  operations: readonly Operation[],
  claimed: ReadonlyMap<string, readonly Heard<'code.claimed'>[]>,
): string[] => {
  const claims = Map.groupBy(
    operations.filter((operation) => operation.verb === 'claim' && isAcknowledged(operation)),
    ({ by }) => by,
  );
  return operations.flatMap((operation) => {
    if (operation.verb !== 'mine' || !isAcknowledged(operation)) return [];
    const { items, cursor } = operation.answer as { items: { batch: number; index: number }[]; cursor?: string };
    const listed = new Set(items.map(codeSubject));
    const missing = (claims.get(operation.by) ?? []).filter(
      ({ endedAt = 0, answer }) =>
        endedAt < operation.startedAt && !listed.has(`code/${Number(answer?.batch)}.${Number(answer?.index)}`),
    );
    const foreign = [...listed].filter(
      (name) => !claimed.get(name)?.some(({ data }) => data.memberId === operation.by),
    );
    return [
      ...(cursor === undefined && missing.length > 0
        ? [`mine ${operation.id} of ${operation.by}: lacks ${missing.length} codes that were claimed before`]
        : []),
      ...foreign.map((name) => `mine ${operation.id} of ${operation.by}: lists ${name}, which was never theirs`),
    ];
  });
};
