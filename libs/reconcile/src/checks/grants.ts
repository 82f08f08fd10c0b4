import { nameOf } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { each, type Family, type System } from '../check.ts';
import { after } from '../names.ts';
import { type GrantState, grantJobsOf, partitionOf } from './grant-jobs.ts';

type Requested = Heard<'grant.requested'>['data'];
type Finished = Heard<'grant.finished'>['data'];

/** A batch that was granted. */
interface BatchState {
  batch: number;
  campaignId: string;
  size: number;
  canaries?: number;
  named?: { name: string; perBuyer: number };
  file?: { upload: string; pages: number };
  origin: { kind: string; to?: string; reason?: string; reference?: string; grantedBy?: string };
}

/** What the log tells of a grant up to when it was read. */
interface Told {
  requested?: Requested;
  approvers: string[];
  batch?: number;
  cancelled?: true;
  finished?: Finished;
}

interface Known {
  name: string;
  seq: number;
  grant: GrantState;
  told: Told;
}

interface Reference {
  campaignId: string;
  reference: string;
  grantId: string | undefined;
}

type Step = Heard<'grant.requested' | 'grant.approved' | 'grant.cancelled' | 'grant.finished' | 'batch.created'>;

const fold = (told: Told, { type, data }: Step): void => {
  switch (type) {
    case 'grant.requested':
      told.requested = data;
      return;
    case 'grant.approved':
      told.approvers.push(data.by);
      return;
    case 'batch.created':
      told.batch = data.batch;
      return;
    case 'grant.cancelled':
      told.cancelled = true;
      return;
    case 'grant.finished':
      told.finished = data;
  }
};

const statusOf = ({ cancelled, finished, batch }: Told): GrantState['status'] => {
  if (cancelled) return 'cancelled';
  if (finished) return 'done';
  return batch === undefined ? 'waiting' : 'running';
};

const listed = (names: readonly string[]): string => names.join(' and ') || 'nobody';
const askedIn = ({ to, codes, by, reference }: Pick<GrantState, 'to' | 'codes' | 'by' | 'reference'>, needed: number) =>
  `${codes} codes to ${to} by ${by} under ${reference}, with ${needed} approvals`;
const namedIn = (named: BatchState['named']): string =>
  named ? `${named.name} with ${named.perBuyer} a buyer` : 'none';

/** Who asked and who agreed. */
const approvalFaults = ({ status, by, needed, approvals }: GrantState): string[] => {
  const approvers = approvals.map((one) => one.by);
  const others = new Set(approvers);
  const faults: string[] = [];
  if (others.has(by)) faults.push(`was approved by ${by}, who asked for it`);
  if (others.size < approvers.length) faults.push(`was approved by ${listed(approvers)}, one of them twice`);
  others.delete(by);
  const isMade = status === 'running' || status === 'done';
  if (isMade && others.size < needed) faults.push(`needs ${needed} approvals by others, and has ${others.size}`);
  return faults;
};

/** What the grant says of itself, and the log otherwise. */
const toldFaults = (grant: GrantState, told: Told): string[] => {
  const { requested, approvers, finished } = told;
  if (!requested) return ['was asked for, and no event tells so'];
  const faults: string[] = [];
  const [asked, was] = [askedIn(grant, grant.needed), askedIn(requested, requested.approvals)];
  if (asked !== was) faults.push(`is ${asked}, and was asked for as ${was}`);
  const status = statusOf(told);
  if (grant.status !== status) faults.push(`is ${grant.status} in the table and ${status} by the log`);
  const [have, heard] = [listed(grant.approvals.map(({ by }) => by)), listed(approvers)];
  if (have !== heard) faults.push(`was approved by ${have} in the table and by ${heard} by the log`);
  if (grant.batch !== told.batch) {
    faults.push(`has batch ${grant.batch ?? 'none'} in the table and ${told.batch ?? 'none'} by the log`);
  }
  if (finished) {
    const { codes, file = { rows: 0, invalid: 0 } } = grant;
    const made = `${codes} codes to ${file.rows - file.invalid} of ${file.rows} rows`;
    const ended = `${finished.codes} codes to ${finished.granted} of ${finished.rows} rows`;
    if (made !== ended) faults.push(`is ${made}, and ended as ${ended}`);
  }
  return faults;
};

/** What is in its batch otherwise than it was asked for. */
const batchFaults = (grant: GrantState, batch: BatchState): string[] => {
  const { codes, canaries = 0, named, file, reason, reference, by } = grant;
  const { origin } = batch;
  const faults: string[] = [];
  const differs = (what: string, inBatch: string, inGrant: string) => {
    if (inBatch !== inGrant)
      faults.push(`has batch ${batch.batch} with ${what} ${inBatch}, and was asked for ${inGrant}`);
  };
  differs('size', String(batch.size), String(codes + canaries));
  differs('canaries', String(batch.canaries ?? 0), String(canaries));
  differs('the name', namedIn(batch.named), namedIn(named));
  differs('the rows of', batch.file?.upload ?? 'no file', file?.upload ?? 'no file');
  differs('codes for', origin.to ?? 'nobody', grant.to === 'members' ? 'members' : 'bearer');
  differs(
    'the reference',
    `${origin.reference} (${origin.reason}) by ${origin.grantedBy}`,
    `${reference} (${reason}) by ${by}`,
  );
  return faults;
};

/** Grants: who may have asked, who has agreed, and the one batch that comes of it or none. */
export const grants: Family = (open) => {
  const finding = open(
    'grants',
    'each grant is approved by as many others as it needs, has its one batch then and none before, and is what its reference and the log say',
  );
  const known = new Map<string, Known>();
  const batches = new Map<number, BatchState>();
  const references: Reference[] = [];

  const onStep = (event: Step) => {
    const one = known.get(event.aggregate);
    // Later than it was read.
    if (one && event.sequence <= one.seq) fold(one.told, event);
  };

  /** A batch with no grant: it may have been made since grants were read. */
  const ofNobody = async ({ tables }: System, batch: BatchState): Promise<void> => {
    for await (const { state } of tables.partition('issuance', partitionOf(batch.campaignId))) {
      if ((state as unknown as GrantState).batch === batch.batch) return;
    }
    const name = `batch/${batch.batch}`;
    finding.differs(name, `${name} was granted, and no grant of ${batch.campaignId} has it`);
  };

  /** A grant and its reference, as they were at one instant: one may have been cancelled, and the other be used again. */
  const notFound = async ({ tables }: System, { name, grant }: Known): Promise<void> => {
    const { campaignId, grantId, reference } = grant;
    const [now, key] = await tables.snapshot('issuance', [
      { pk: partitionOf(campaignId), sk: grantId },
      { pk: `reference/${campaignId}`, sk: reference },
    ]);
    const found = (key?.state as { grantId?: string } | undefined)?.grantId;
    if ((now?.state as { status?: string } | undefined)?.status === 'cancelled' || found === grantId) return;
    finding.differs(name, `${name} stands under ${reference}, by which ${found ?? 'nothing'} is found`);
  };

  /** A reference must lead to a grant that was asked for under it. */
  const leadsAstray = async ({ tables }: System, { campaignId, reference, grantId = 'nothing' }: Reference) => {
    const item = await tables.item('issuance', { pk: partitionOf(campaignId), sk: grantId });
    const under = (item?.state as { reference?: string } | undefined)?.reference;
    if (under === reference) return;
    const name = `reference/${campaignId}#${reference}`;
    finding.differs(name, `${name} leads to ${grantId}, which ${under === undefined ? 'there is not' : `is ${under}`}`);
  };

  return {
    prepare: async (tables) => {
      for await (const { seq, grant } of grantJobsOf(tables)) {
        const name = `${partitionOf(grant.campaignId)}#${grant.grantId}`;
        known.set(name, { name, seq, grant, told: { approvers: [] } });
      }
    },
    items: {
      issuance: (item) => {
        const { pk, sk, state } = item;
        const campaignId = after('reference/', pk);
        if (campaignId !== undefined) {
          references.push({ campaignId, reference: sk, grantId: (state as { grantId?: string }).grantId });
        } else if (after('batches/', pk) !== undefined) {
          const batch = state as unknown as BatchState;
          if (batch.origin?.kind === 'grant') batches.set(batch.batch, batch);
        }
      },
    },
    events: {
      'grant.requested': onStep,
      'grant.approved': onStep,
      'grant.cancelled': onStep,
      'grant.finished': onStep,
      'batch.created': onStep,
    },
    conclude: async (system) => {
      const owners = new Map<number, string>();
      const found = new Map(
        references.map(({ campaignId, reference, grantId }) => [`${campaignId}/${reference}`, grantId]),
      );
      const lost: Known[] = [];
      for (const one of known.values()) {
        const { name, grant, told } = one;
        const { status, batch } = grant;
        finding.looked();
        const faults = [...approvalFaults(grant), ...toldFaults(grant, told)];
        const isMade = status === 'running' || status === 'done';
        if (isMade !== (batch !== undefined)) faults.push(`is ${status}, and has batch ${batch ?? 'none'}`);
        if (batch !== undefined) {
          const other = owners.get(batch);
          if (other !== undefined) faults.push(`has batch ${batch}, and so has ${other}`);
          owners.set(batch, name);
          const made = batches.get(batch);
          if (made) faults.push(...batchFaults(grant, made));
          else faults.push(`has batch ${batch}, which there is not`);
        }
        for (const fault of faults) finding.differs(name, `${name} ${fault}`);
        if (status !== 'cancelled' && found.get(`${grant.campaignId}/${grant.reference}`) !== grant.grantId)
          lost.push(one);
      }
      await each(lost, (one) => notFound(system, one));
      const astray = references.filter(({ campaignId, reference, grantId }) => {
        const { grant } = known.get(nameOf({ pk: partitionOf(campaignId), sk: grantId ?? '' })) ?? {};
        return grant?.reference !== reference;
      });
      await each(astray, (one) => leadsAstray(system, one));
      await each(
        [...batches.values()].filter(({ batch }) => !owners.has(batch)),
        (one) => ofNobody(system, one),
      );
    },
  };
};
