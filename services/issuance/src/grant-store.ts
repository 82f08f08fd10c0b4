import { normalizeName } from '@fcode/codes';
import type { Request, Store } from '@fcode/dynamo';
import { accept, again, type Decision, refuse, Unavailable } from '@fcode/policy';
import {
  type Batch,
  batchKept,
  batchRef,
  type Grantee,
  granteesPerPage,
  granteesRef,
  type Named,
  nameRef,
} from './batch.ts';
import { type Campaign, campaignRef } from './campaign.ts';
import { takeBatchNumber, unkeyed } from './campaign-store.ts';
import type { ClaimStore } from './claim-store.ts';
import { answerBefore, answered, type FirstAnswer, firstAnswerRef } from './first-answer.ts';
import { type Grant, type GrantReceipt, grant } from './grant.rule.ts';
import { type Pool, poolRef } from './quota.ts';
import type { Refusal } from './refusals.ts';

type Decided = Decision<GrantReceipt, Refusal | 'idempotency_key_reused'>;
type Asked = Omit<Grant, 'batch' | 'keyVersion' | 'codes' | 'at'> & {
  bearer?: number;
  members?: { memberId: string; codes: number }[];
};

const roundsAtMost = 5;

/** Where grants are made. */
export class GrantStore {
  readonly #store: Store;
  readonly #claims: ClaimStore;
  readonly #keyVersion: number;

  constructor(store: Store, claims: ClaimStore, keyVersion: number) {
    this.#store = store;
    this.#claims = claims;
    this.#keyVersion = keyVersion;
  }

  /** Needs an idempotency key. The list of members is written first, in pages; the batch, with its event, makes it count. */
  async grant({ bearer, members = [], ...asked }: Asked, request: Request): Promise<Decided> {
    const quiet = unkeyed(request);
    const first = firstAnswerRef(request.idempotency?.key ?? '');
    const [known] = await this.#store.read([first], request.deadline);
    const before = answerBefore<GrantReceipt>(known.state, request);
    if (before) return before;

    const codes = bearer ?? members.reduce((sum, member) => sum + member.codes, 0);
    const { campaignId } = asked;
    // Numbers are finite: what would be refused takes none.
    const nameRefs = asked.named ? [nameRef(normalizeName(asked.named.name) ?? '')] : [];
    const [campaign, pool, name] = await this.#store.read(
      [campaignRef(campaignId), poolRef({ campaignId }), ...nameRefs],
      request.deadline,
    );
    const draft = { ...asked, batch: 0, keyVersion: this.#keyVersion, codes, at: request.at };
    const likely = grant(draft, campaign.state, pool.state, name?.state);
    if (likely.outcome === 'refused') {
      const refused =
        likely.refusal === 'pool_short' ? await this.#short(campaignId, codes, campaign.state, quiet) : likely;
      if (refused) return refused as Decided;
    }

    const taken = await takeBatchNumber(this.#store, request);
    if (taken.outcome === 'refused') return taken as Decided;
    const { batch } = taken.receipt;
    const pages = await this.#writeGrantees(batch, members, quiet);
    const createdAt = new Date(request.at).toISOString();
    for (let round = 0; round < roundsAtMost; round += 1) {
      const decision = await this.#store.change<
        [Batch, Pool, Campaign, FirstAnswer, ...Named[]],
        GrantReceipt,
        Refusal | 'pool_short' | 'idempotency_key_reused'
      >(
        [batchRef(campaignId, batch), poolRef({ campaignId }), campaignRef(campaignId), first, ...nameRefs],
        (_, pool, campaign, answer, ...names) => {
          const already = answerBefore<GrantReceipt>(answer, request);
          if (already) return already;
          const decided = grant({ ...draft, batch }, campaign, pool, names[0] as Named | undefined);
          if (decided.outcome !== 'accepted') return decided;
          return {
            ...decided,
            facts: [...decided.facts, batchKept(pages, createdAt), answered(request, decided.receipt)],
          };
        },
        quiet,
      );
      if (decision.outcome !== 'refused' || decision.refusal !== 'pool_short') return decision as Decided;
      const short = await this.#short(campaignId, codes, campaign.state, quiet);
      if (short) return short;
      await this.#claims.closeAll({ campaignId }, quiet);
    }
    throw new Unavailable('Codes of this campaign are being moved between instances.');
  }

  /** The refusal when even with all leases given back there are too few codes; undefined when there would be enough. */
  async #short(
    campaignId: string,
    wanted: number,
    campaign: Campaign,
    request: Request,
  ): Promise<Decision<never, Refusal> | undefined> {
    await this.#claims.giveUp(campaignId, campaign, request);
    const left = await this.#claims.left({ campaignId }, request);
    return left < wanted ? refuse('quota_exceeded', [{ code: 'codes_left', left, wanted }]) : undefined;
  }

  async #writeGrantees(
    batch: number,
    members: { memberId: string; codes: number }[],
    request: Request,
  ): Promise<number> {
    let from = 0;
    const grantees = members.map(({ memberId, codes }): Grantee => {
      const grantee = { memberId, from, codes };
      from += codes;
      return grantee;
    });
    const pages = Math.ceil(grantees.length / granteesPerPage);
    await Promise.all(
      Array.from({ length: pages }, (_, page) =>
        this.#store.change(
          [granteesRef(batch, page)],
          (kept) =>
            kept.grantees.length > 0
              ? again({})
              : accept(
                  [
                    {
                      type: 'grantees.kept',
                      data: { grantees: grantees.slice(page * granteesPerPage, (page + 1) * granteesPerPage) },
                    },
                  ],
                  {},
                ),
          request,
        ),
      ),
    );
    return pages;
  }
}
