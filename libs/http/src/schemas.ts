import { z } from '@hono/zod-openapi';
import { subjectForm } from './auth.ts';

export const instant = z.iso.datetime().openapi({ example: '2026-11-21T12:00:00.000Z' });

/** Why ops do it: kept with what was done. */
export const reason = z.string().min(1).max(200);

/** What a decision rested on. */
export const reasons = z.array(z.looseObject({ code: z.string() }));

/** A member is who their token's subject says. */
export const memberId = z
  .string()
  .regex(subjectForm, 'A member id: letters, digits and . : @ | + / _ -, 128 at most.')
  .openapi({ example: 'm_mia' });

/** Query of every list: pages by an opaque cursor. */
export const page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().min(1).max(256).optional(),
});
