import { z } from 'zod';

/** From so many codes on, a grant needs so many approvals by others than whoever asks; the greatest that applies. */
export const approvalsSchema = z
  .array(z.strictObject({ codes: z.int().min(1), approvals: z.int().min(0).max(2) }))
  .max(10);

/** One other person always, two for what would be a loss to anybody's drop. */
const usual: z.infer<typeof approvalsSchema> = [
  { codes: 1, approvals: 1 },
  { codes: 100_000, approvals: 2 },
];

/** How many others must approve a grant of so many codes. */
export const approvalsFor = (
  { grants }: { grants?: { approvals: z.infer<typeof approvalsSchema> } | undefined },
  codes: number,
): number =>
  (grants?.approvals ?? usual).reduce((most, rule) => (codes >= rule.codes ? Math.max(most, rule.approvals) : most), 0);
