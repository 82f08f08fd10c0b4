import { channelSchema, codeRef } from '@fcode/events';
import { instant, z } from '@fcode/http';
import { linkIdForm } from './link.ts';

export const campaignId = z
  .string()
  .regex(/^cmp_[0-9A-Z]{26}$/, 'A campaign id, such as cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA.');
export const linkId = z.string().regex(linkIdForm, 'The id of an invite link: 12 letters, digits, - and _.');
/**
 * As it arrives from a messenger: a bracket or a full stop of the sentence around it may hang on at the end, or some of it
 * may be cut off. That is a friend's, who is led on and told so on the page.
 */
export const pastedLinkId = z
  .string()
  .min(1)
  .max(64)
  .transform((text) => /^([\w-]{12})\p{P}{0,3}$/u.exec(text)?.[1] ?? text);
export const channel = channelSchema.describe('How the invitation travels.');
/** A code by its number, which is no secret: the text of a code never goes into an address. */
export const codeNumber = z.strictObject(codeRef);

export const linkView = z
  .object({
    linkId: z.string(),
    url: z.string().openapi({ description: 'Where it is opened, below the address of this system.' }),
    campaignId: z.string(),
    channel,
    signedAs: z.string().optional(),
    code: z.object({ batch: z.int(), index: z.int() }).optional(),
    createdAt: instant,
  })
  .openapi('Link');
