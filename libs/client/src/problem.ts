import type { Problem } from './schema.d.ts';

/**
 * What the system answered instead of what was asked for (RFC 9457). Branch on `word`; show people `title` and `detail`;
 * quote `instance`, the request id, to whoever runs the system.
 */
export class FcodeProblem extends Error {
  override name = 'FcodeProblem';
  /** The last part of `type`, such as `code_not_usable`; `http_502` where something between us answered, and not the system. */
  readonly word: string;
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string | undefined;
  readonly instance: string | undefined;
  /** What the decision rested on; empty when nothing was decided. */
  readonly reasons: NonNullable<Problem['reasons']>;
  /** Where the request does not fit: JSON pointers into its `json`, `query`, `param` or `header`. */
  readonly errors: NonNullable<Problem['errors']>;

  constructor(document: Problem) {
    const { type, title, status, detail, instance, reasons = [], errors = [] } = document;
    const word = type.split(':').at(-1) ?? type;
    super(`${title}${detail === undefined ? '' : ` ${detail}`} (${word})`);
    this.word = word;
    this.type = type;
    this.title = title;
    this.status = status;
    this.detail = detail;
    this.instance = instance;
    this.reasons = reasons;
    this.errors = errors;
  }
}

/** Reads the problem out of an answer that is not a success. */
export const problemOf = async (response: Response): Promise<FcodeProblem> => {
  const { status, statusText, headers } = response;
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') ?? false;
  const document = isProblem ? ((await response.json().catch(() => undefined)) as Problem | undefined) : undefined;
  return new FcodeProblem(
    document ?? {
      type: `urn:fcode:problem:http_${status}`,
      title: `The answer was ${status}${statusText && ` ${statusText}`}, and not from the F-code system.`,
      status,
    },
  );
};
