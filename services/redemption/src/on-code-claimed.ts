import { causedBy, type Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { accept, again } from '@fcode/policy';
import type { CodeStore } from './code-store.ts';
import { memberCodeRef, memberRevokedRef, ownerHeard, ownerRef } from './owner.ts';
import { revoke } from './revoke.rule.ts';
import type { TermsBook } from './terms.ts';

/** A member has the code: known once for good, so that nobody else passes it on. */
export const onCodeClaimed =
  (store: Store, codes: CodeStore, book: TermsBook, clock: () => number) =>
  async (heard: Heard<'code.claimed'>): Promise<void> => {
    const { batch, index, memberId, campaignId } = heard.data;
    const code = { batch, index };
    const request = causedBy(heard, clock);
    await store.change(
      [ownerRef(code), memberCodeRef(memberId, code)],
      (owner, _theirs) =>
        owner.memberId === undefined ? accept([ownerHeard({ ...code, memberId, since: heard.time })], {}) : again({}),
      request,
    );
    // Read after it is written: whoever revokes the member's codes meanwhile finds this one.
    const [{ state: revoked }] = await store.read([memberRevokedRef(memberId)], request.deadline);
    const { by, reason, revokedAt } = revoked;
    if (by === undefined || reason === undefined || revokedAt === undefined || heard.time > revokedAt) return;
    const terms = await book.find(batch, request.deadline);
    const limits = terms ?? { campaignId, buyerLimit: 0, orderLimit: 0, dayLimit: 0, named: undefined, size: 0 };
    const command = { code, by, reason, at: request.at };
    await codes.settle(code, limits, (state) => revoke(command, state, limits), request);
  };
