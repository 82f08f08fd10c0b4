import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { normalizeName } from '@fcode/codes';
import type { Change, Key, Request, Store } from '@fcode/dynamo';
import { codeClaimed } from '@fcode/events';
import { Problem } from '@fcode/http';
import { accept, again, approvalsFor, type Decision, type Policy, refuse, tierAt, Unavailable } from '@fcode/policy';
import { ulid } from 'ulid';
import { type Batch, batchKept, batchRef, type Named, nameRef } from './batch.ts';
import { type Campaign, campaignRef } from './campaign.ts';
import { takeBatchNumber, unkeyed } from './campaign-store.ts';
import type { ClaimStore } from './claim-store.ts';
import type { Ladders } from './cutoffs.ts';
import type { Segment } from './grant.wishes.ts';
import {
  approve,
  cancel,
  finishPage,
  type GrantJobReceipt,
  isLast,
  request as requestGrant,
} from './grant-job.rules.ts';
import {
  type Asked,
  codesIn,
  type GrantFile,
  type GrantJob,
  grantKind,
  grantRef,
  grantsOf,
  type Row,
  referenceRef,
  rowsIn,
  rowsRef,
} from './grant-job.ts';
import { type pagesOf, rowsAtMost, segmentPagesOf } from './grant-rows.ts';
import { codeKept, grantedRef, type MemberCodes } from './member-codes.ts';
import { MemberSet } from './member-set.ts';
import { type Pool, poolRef } from './quota.ts';
import { type Refusal, refusals } from './refusals.ts';
import { membersOf } from './segment.ts';
import { isKnown, standingRef } from './standing.ts';

type Decided = Decision<GrantJobReceipt, Refusal | 'idempotency_key_reused'>;

/** What ops ask for, before it has an id and an instant. */
export type Wanted = Pick<
  Asked,
  'campaignId' | 'to' | 'codes' | 'canaries' | 'named' | 'segment' | 'reason' | 'reference' | 'by' | 'file'
>;

const roundsAtMost = 5;
const pagesAtOnce = 4;
/** Rows that one transaction gives their codes; it may touch a hundred items. */
const rowsAtOnce = 50;
const pageDeadlineMs = 30_000;
/** How long one look of the timers works on a grant; half of what its lease lasts. */
const workMs = 4000;
/** Members whose tier is looked up for the preview. */
const sampleOf = 2000;
/** Pages of earlier grants that a preview looks through. */
const overlapPagesAtMost = 2000;

/** Where grants are asked for, approved and made. */
export class GrantJobs {
  readonly #store: Store;
  readonly #claims: ClaimStore;
  readonly #ladders: Ladders;
  readonly #keyVersion: number;
  readonly #policy: Policy;
  readonly #clock: () => number;

  constructor(
    store: Store,
    claims: ClaimStore,
    ladders: Ladders,
    { keyVersion, policy, clock }: { keyVersion: number; policy: Policy; clock: () => number },
  ) {
    this.#store = store;
    this.#claims = claims;
    this.#ladders = ladders;
    this.#keyVersion = keyVersion;
    this.#policy = policy;
    this.#clock = clock;
  }

  /** A reference is asked for once: again, and by two at once, it is one grant. What needs no approval is made at once. */
  async request(wanted: Wanted, request: Request): Promise<Decided> {
    const { campaignId, reference, codes, by } = wanted;
    const grantId = `gr_${ulid(request.at)}`;
    const needed = approvalsFor(this.#policy, codes);
    const asked: Asked = { ...wanted, grantId, needed, requestedAt: new Date(request.at).toISOString() };
    for (;;) {
      const [known] = await this.#store.read([referenceRef(campaignId, reference)], request.deadline);
      const earlier = known.state.grantId;
      const [before] = await this.#store.read([grantRef(campaignId, earlier ?? grantId)], request.deadline);
      // A reference whose grant was cancelled is free again.
      const standing = before.state.status === 'none' || before.state.status === 'cancelled' ? undefined : before.state;
      const isAnswered = before.answers.some(({ key }) => key === request.idempotency?.key);
      const home = standing || isAnswered ? (earlier ?? grantId) : grantId;
      const decision = await this.#store.change(
        [grantRef(campaignId, home), referenceRef(campaignId, reference), campaignRef(campaignId)],
        (_, now, campaign): Decision<GrantJobReceipt, Refusal | 'moved'> =>
          now.grantId === earlier ? requestGrant(asked, campaign, standing) : refuse('moved'),
        request,
      );
      if (decision.outcome === 'refused' && decision.refusal === 'moved') continue;
      const isWaiting = decision.outcome !== 'refused' && decision.receipt.status === 'waiting';
      return isWaiting && needed === 0
        ? this.approve(campaignId, decision.receipt.grantId, by, unkeyed(request))
        : (decision as Decided);
    }
  }

  /** Somebody agrees; with the last approval that is needed the batch exists, and its rows are given their codes. */
  async approve(campaignId: string, grantId: string, by: string, request: Request): Promise<Decided> {
    const ref = grantRef(campaignId, grantId);
    const [{ state: seen }] = await this.#store.read([ref], request.deadline);
    const command = { by, at: request.at };
    if (seen.status === 'none' || !(isLast(seen, by) || seen.needed === 0)) {
      return this.#store.change([ref], (job) => approve(command, job, undefined) as Decided, request);
    }
    const taken = await takeBatchNumber(this.#store, request);
    if (taken.outcome === 'refused') return taken as Decided;
    const { batch } = taken.receipt;
    const names = seen.named ? [nameRef(normalizeName(seen.named.name) ?? '')] : [];
    const createdAt = new Date(request.at).toISOString();
    for (let round = 0; round < roundsAtMost; round += 1) {
      const decision = await this.#store.change<
        [GrantJob, Batch, Pool, Campaign, ...Named[]],
        GrantJobReceipt,
        Refusal | 'pool_short'
      >(
        [ref, batchRef(campaignId, batch), poolRef({ campaignId }), campaignRef(campaignId), ...names],
        (job, _, pool, campaign, ...named) => {
          const isIt = isLast(job, by) || (job.status === 'waiting' && job.needed === 0);
          const taking = { batch, keyVersion: this.#keyVersion, campaign, pool, name: named[0] as Named | undefined };
          const decided = approve(command, job, isIt ? taking : undefined);
          if (decided.outcome !== 'accepted' || !isIt) return decided;
          const { file } = seen;
          const kept = batchKept(createdAt, file && { upload: file.upload, pages: file.pages });
          return { ...decided, facts: [...decided.facts, kept] };
        },
        request,
      );
      if (decision.outcome !== 'refused' || decision.refusal !== 'pool_short') return decision as Decided;
      const left = await this.#claims.gather(campaignId, seen.codes, request);
      if (left < seen.codes) return refuse('quota_exceeded', [{ code: 'codes_left', left, wanted: seen.codes }]);
    }
    throw new Unavailable('Codes of this campaign are being moved between instances.');
  }

  cancel(campaignId: string, grantId: string, by: string, reason: string, request: Request): Promise<Decided> {
    return this.#store.change(
      [grantRef(campaignId, grantId)],
      (job) => cancel({ by, at: request.at }, job, reason),
      request,
    );
  }

  /** Keeps the rows of a file as they come, and looks what a grant to them would be. Nothing refers to them yet. */
  async keep(
    campaignId: string,
    { pages, digest }: ReturnType<typeof pagesOf>,
    at: number,
  ): Promise<GrantFile & { codes: number }> {
    const upload = ulid(at);
    const members = new MemberSet(rowsAtMost);
    const sample: string[] = [];
    const writing = new Set<Promise<unknown>>();
    let [page, row, index, invalid] = [0, 0, 0, 0];
    for await (const { rows, ...sent } of pages()) {
      const kept = {
        rows: JSON.stringify(rows),
        ...(sent.lines === undefined ? {} : { sent: JSON.stringify(sent) }),
        row,
        index,
      };
      const write = this.#store.change(
        [rowsRef(upload, page)],
        () => accept([{ type: 'rows.kept', data: kept }], {}),
        this.#quiet(at),
      );
      const settled: Promise<unknown> = write.finally(() => writing.delete(settled));
      writing.add(settled);
      if (writing.size >= pagesAtOnce) await Promise.race(writing);
      for (const one of rows) {
        const codes = codesIn(one);
        if (codes === 0) invalid += 1;
        else {
          members.add(one[0]);
          // Any of them with the same chance (reservoir sampling: Vitter's algorithm R).
          const place = sample.length < sampleOf ? sample.length : Math.floor(Math.random() * (row + 1));
          if (place < sampleOf) sample[place] = one[0];
        }
        row += 1;
        index += codes;
      }
      page += 1;
    }
    await Promise.all(writing);
    return {
      upload,
      pages: page,
      rows: row,
      invalid,
      members: members.size,
      codes: index,
      digest: digest(),
      tiers: await this.#tiersOf(sample, at),
      overlap: await this.#overlapWith(campaignId, members),
    };
  }

  /** Members that a request names itself, as a file of them. */
  async fileOf(
    campaignId: string,
    members: readonly { memberId: string; codes: number }[],
    at: number,
  ): Promise<{ codes: number; file: GrantFile }> {
    const rows = members.map(({ memberId, codes }): Row => [memberId, codes]);
    const digest = () => createHash('sha256').update(JSON.stringify(rows)).digest('base64url').slice(0, 22);
    const pages = async function* () {
      yield { rows };
    };
    const { codes, ...file } = await this.keep(campaignId, { pages, digest }, at);
    return { codes, file };
  }

  /** Members of a segment as they are now, as a file of them: the highest scores first. */
  async fileOfSegment(
    campaignId: string,
    segment: Segment,
    { at, deadline }: Request,
  ): Promise<{ codes: number; file: GrantFile }> {
    const ladder = await this.#ladders.recent(deadline);
    const members = membersOf(this.#store, ladder, segment.segment, { at, deadline });
    const { codes, ...file } = await this.keep(campaignId, segmentPagesOf(segment, members), at);
    return { codes, file };
  }

  /** Refuses a campaign to which nothing can be granted before a long file is read, or all members are looked at. */
  async mayAsk(campaignId: string, request: Request): Promise<void> {
    const [{ state }] = await this.#store.read([campaignRef(campaignId)], request.deadline);
    if (state.status === 'none') throw new Problem('campaign_not_found', refusals.campaign_not_found);
    if (state.status === 'closed') throw new Problem('campaign_closed', refusals.campaign_closed);
    if (state.status === 'draft') throw new Problem('campaign_not_published', refusals.campaign_not_published);
  }

  async #tiersOf(sample: readonly string[], at: number): Promise<GrantFile['tiers']> {
    const ladder = await this.#ladders.recent(performance.now() + pageDeadlineMs);
    const byTier: Record<string, number> = {};
    // Who has several rows is one member.
    const members = [...new Set(sample)];
    const standings = await this.#store.read(members.map(standingRef), performance.now() + pageDeadlineMs);
    let unknown = 0;
    for (const { state } of standings) {
      const { tier } = tierAt(ladder, state.standing, at);
      byTier[tier] = (byTier[tier] ?? 0) + 1;
      if (!isKnown(state)) unknown += 1;
    }
    return { sampled: members.length, byTier, unknown };
  }

  /** Who of the members has codes by an earlier grant of the campaign, or soon will. */
  async #overlapWith(campaignId: string, members: MemberSet): Promise<GrantFile['overlap']> {
    const isHit = new Uint8Array(members.size);
    let hits = 0;
    let grants = 0;
    let looked = 0;
    for (let cursor: string | undefined; ; ) {
      const found = await this.#store.query(
        { pk: grantsOf(campaignId), limit: 100, ...(cursor === undefined ? {} : { cursor }) },
        grantKind,
      );
      for (const { state } of found.items) {
        if (state.status === 'none' || state.status === 'cancelled' || !state.file) continue;
        const before = hits;
        for (let page = 0; page < state.file.pages && looked < overlapPagesAtMost; page += 1) {
          looked += 1;
          const [{ state: kept }] = await this.#store.read([rowsRef(state.file.upload, page)]);
          const rows: Row[] = rowsIn(kept);
          for (const one of rows) {
            const index = codesIn(one) > 0 ? members.indexOf(one[0]) : undefined;
            if (index === undefined || isHit[index] === 1) continue;
            isHit[index] = 1;
            hits += 1;
          }
        }
        if (hits > before) grants += 1;
      }
      cursor = found.cursor;
      if (cursor === undefined) return { members: hits, grants };
    }
  }

  /** Gives the rows of a grant their codes, page by page, for as long as one look may take; the next one goes on. */
  async work({ pk, sk }: Key): Promise<void> {
    const campaignId = pk.slice(grantsOf('').length);
    const ref = grantRef(campaignId, sk);
    const until = performance.now() + workMs;
    do {
      const [{ state: job }] = await this.#store.read([ref]);
      if (job.status !== 'running' || !job.file) return;
      const { page, batch, keyVersion, startedAt, file } = job;
      const [{ state: kept }] = await this.#store.read([rowsRef(file.upload, page)]);
      const rows = rowsIn(kept);
      let index = kept.index;
      const given = rows.flatMap((row): Given[] => {
        const from = index;
        index += codesIn(row);
        return row.length === 2 ? [{ memberId: row[0], codes: row[1], from }] : [];
      });
      const groups = Array.from({ length: Math.ceil(given.length / rowsAtOnce) }, (_, at) =>
        given.slice(at * rowsAtOnce, (at + 1) * rowsAtOnce),
      );
      await Promise.all(groups.map((group) => this.#give({ campaignId, batch, keyVersion, at: startedAt }, group)));
      const done = { page, rows: rows.length, granted: given.length };
      const at = this.#clock();
      await this.#store.change([ref], (now) => finishPage(done, now, at), this.#quiet(at));
    } while (performance.now() < until);
  }

  /** Rows of many members in one transaction. A row's codes are of its own indexes: given once, however often it is begun. */
  async #give(
    { campaignId, batch, keyVersion, at }: { campaignId: string; batch: number; keyVersion: number; at: string },
    group: readonly Given[],
  ): Promise<void> {
    const request = this.#quiet(this.#clock());
    const changes = group.map(
      ({ memberId, codes, from }): Change<[MemberCodes], object, never> => ({
        refs: [grantedRef(memberId, batch)],
        rule: (mine) => {
          if (mine.codes.some((code) => code.index === from)) return again({});
          const facts = Array.from({ length: codes }, (_, offset) => [
            codeClaimed.of({ campaignId, batch, index: from + offset, memberId, how: 'granted' }),
            codeKept({ batch, index: from + offset, keyVersion, how: 'granted', at }),
          ]).flat();
          return accept(facts, {});
        },
        request,
      }),
    );
    for (let tries = 0; ; tries += 1) {
      try {
        await this.#store.changeTogether(changes);
        return;
      } catch (error) {
        // The store has too much to do: these rows wait, the job goes on.
        if (!(error instanceof Unavailable) || tries >= roundsAtMost) throw error;
        await sleep(100 * 2 ** tries * Math.random());
      }
    }
  }

  #quiet(at: number): Request {
    return { at, deadline: performance.now() + pageDeadlineMs, correlationId: 'grants', causationId: 'grants' };
  }
}

interface Given {
  memberId: string;
  codes: number;
  /** The index of the first one. */
  from: number;
}
