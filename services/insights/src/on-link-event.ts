import { causedBy, type Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { entryAdded } from './entry.ts';
import { talliesOf, tallyGrown } from './funnel.ts';
import { clickAdded, clicksEntryRef, shareEntryRef } from './history.ts';
import { once } from './once.ts';

/** Counts a share; when it gives a code away, the code's history tells it. */
export const onLinkCreated =
  (store: Store, clock: () => number) =>
  async (heard: Heard<'link.created'>): Promise<void> => {
    const { linkId, memberId, campaignId, channel, code } = heard.data;
    const entries = code ? [shareEntryRef(code, linkId)] : [];
    await once(
      store,
      causedBy(heard, clock),
      [...talliesOf(heard.id, memberId, campaignId, channel), ...entries],
      () => [tallyGrown({ links: 1 }), entryAdded(heard)],
    );
  };

/** Counts a click, also in the one entry that a code's history has for the link. */
export const onLinkClicked =
  (store: Store, clock: () => number) =>
  async (heard: Heard<'link.clicked'>): Promise<void> => {
    const { linkId, memberId, campaignId, channel, code } = heard.data;
    const entries = code ? [clicksEntryRef(code, linkId)] : [];
    await once(
      store,
      causedBy(heard, clock),
      [...talliesOf(heard.id, memberId, campaignId, channel), ...entries],
      () => [tallyGrown({ clicks: 1 }), clickAdded(heard)],
    );
  };
