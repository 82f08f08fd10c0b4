import { campaignEdited } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import type { Command } from './campaign.rules.ts';
import { type Campaign, type Definition, drafted, revisionOf, wholeOf } from './campaign.ts';
import type { Refusal } from './refusals.ts';

export interface CampaignEditReceipt {
  campaignId: string;
  status: 'draft';
  revision: number;
}

/**
 * Another definition in the place of a draft's. `read`: the revision that whoever edits has seen; where it is another one by
 * now, somebody else's work would be lost unseen. The same definition again changes nothing.
 */
export const edit = (
  { campaignId, by }: Command,
  campaign: Campaign,
  definition: Definition,
  read: number,
): Decision<CampaignEditReceipt, Refusal> => {
  if (campaign.status === 'none') return refuse('campaign_not_found');
  if (campaign.status !== 'draft') return refuse('campaign_not_draft');
  const revision = revisionOf(campaign);
  const changes = changesIn(campaign.definition, definition);
  // Asked first: a retry of an edit that was made has read what was before it.
  if (changes.length === 0) return again({ campaignId, status: 'draft', revision });
  if (revision !== read) return refuse('changed_meanwhile', [{ code: 'revision', revision, read }]);
  return accept(
    [
      drafted({ definition, createdAt: campaign.createdAt, revision: revision + 1 }),
      campaignEdited.of({ campaignId, by, name: definition.name, changes }),
    ],
    { campaignId, status: 'draft', revision: revision + 1 },
  );
};

type Told = string | number;
interface FieldChange {
  field: string;
  before?: Told;
  after?: Told;
}

/** The fields in which two definitions differ, and what is told of each. */
export const changesIn = (before: Definition, after: Definition): FieldChange[] => {
  const [was, is] = [new Map<string, unknown>(fieldsOf(before)), new Map<string, unknown>(fieldsOf(after))];
  const fields = [...new Set([...was.keys(), ...is.keys()])].sort();
  return fields.flatMap((field) => {
    const [old, now] = [was.get(field), is.get(field)];
    if (canonical(old) === canonical(now)) return [];
    return {
      field,
      ...(isNothing(old) ? {} : { before: told(old) }),
      ...(isNothing(now) ? {} : { after: told(now) }),
    };
  });
};

const fieldsOf = (definition: Definition) => Object.entries(wholeOf(definition));

const isNothing = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.length === 0);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const sorted = (value: Record<string, unknown>) =>
  Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));

/** As text, with fields in one order: what the store gives back has none. Nothing and an absent field are alike. */
const canonical = (value: unknown): string =>
  JSON.stringify(value ?? null, (_, inner: unknown) => (isRecord(inner) ? Object.fromEntries(sorted(inner)) : inner));

/** UTF-16 units of a value that are told: a definition may have 50 products and as many rules, and an event goes to everybody. */
const toldAtMost = 160;

const shortened = (text: string): string => {
  if (text.length <= toldAtMost) return text;
  const kept = text.slice(0, toldAtMost - 1);
  // No character is cut in half.
  return `${kept.isWellFormed() ? kept : kept.slice(0, -1)}…`;
};

/** Numbers as they are, texts, lists of texts and numbers by name as people write them, and what is none of these as JSON. */
const told = (value: unknown): Told => {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return shortened(value);
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return shortened(value.join(', '));
  if (isRecord(value) && Object.values(value).every((one) => typeof one === 'number')) {
    return shortened(
      sorted(value)
        .map(([name, number]) => `${name} ${String(number)}`)
        .join(', '),
    );
  }
  return shortened(canonical(value));
};
