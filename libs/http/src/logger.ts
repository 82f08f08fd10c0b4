import pino, { type Logger } from 'pino';

/** JSON lines on standard error. Codes, tokens and personal data never get here: only routes, ids and figures are logged. */
export const createLogger = (service: string, level = process.env.LOG_LEVEL ?? 'info'): Logger =>
  pino(
    { name: service, level, redact: ['*.authorization', '*.token', '*.code', '*.email', '*.phone'] },
    pino.destination({ dest: 2, sync: false }),
  );
export type { Logger };
