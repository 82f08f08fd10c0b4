import { effectSchema } from '@fcode/policy';
import { z } from 'zod';
import { codeRef } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** What a code of the batch entitles to. Immutable: changed terms take a new batch number. */
export const batchTerms = z.object({
  skus: z.array(z.string()),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  holdSeconds: z.int(),
  /** How many codes of the campaign one buyer may use; 0 is no limit. */
  buyerLimit: z.int(),
  /** How many codes of the campaign one order may use; absent or 0 is no limit. */
  orderLimit: z.int().optional(),
  /** How often a code may be passed from member to member; absent or 0 is never. */
  transferLimit: z.int().optional(),
  /** How long a passed code waits for its friend, and is the friend's, before it is the fan's again. */
  transferSeconds: z.int().optional(),
  /** What a code does to the price; absent is nothing. */
  effect: effectSchema.optional(),
  /** How many codes of the campaign one buyer may use on one day of the time zone; absent or 0 is no limit. */
  dayLimit: z.int().optional(),
  /** IANA; absent is UTC. */
  timeZone: z.string().optional(),
  /** ISO 3166 regions to which what is bought may go; absent or empty is everywhere. */
  regions: z.array(z.string()).optional(),
  /** What must hold of an order, as a condition; absent is nothing. */
  eligible: z.string().optional(),
});
export type BatchTerms = z.infer<typeof batchTerms>;

/** A numbered run of codes with one set of terms exists: a campaign's claimable codes, or a grant by ops. */
export const batchCreated = defineEvent({
  type: 'batch.created',
  version: 1,
  topic: 'issuance',
  subject: (data) => `batch/${data.batch}`,
  key: (data) => data.campaignId,
  schema: z.object({
    campaignId: z.string(),
    batch: codeRef.batch,
    /** Indexes 0 to size − 1 are codes; anything beyond is refused. */
    size: z.int().min(1),
    keyVersion: z.int().min(0).max(31),
    /** How many of its codes nobody is given; absent is none. */
    canaries: z.int().min(0).optional(),
    /**
     * The batch is one code by name, each of its indexes one use of it, and has no other texts: how often one buyer may use
     * it, where 0 is no limit. Absent: it has a text for each index.
     */
    named: z.object({ name: z.string(), perBuyer: z.int().min(0) }).optional(),
    terms: batchTerms,
    origin: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('claims') }),
      z.object({
        kind: z.literal('grant'),
        to: z.enum(['members', 'bearer']),
        /** Of a grant to members: the condition that found them, and how many they are. */
        segment: z.string().optional(),
        members: z.int().optional(),
        reason: z.string(),
        reference: z.string().optional(),
        grantedBy: z.string(),
      }),
    ]),
  }),
});

export type BatchCreated = FactOf<typeof batchCreated>;
