import pino, { type Logger } from 'pino';

const hidden = ['authorization', 'token', 'code', 'email', 'phone'];

/** JSON lines on standard error. Codes, tokens and personal data never get here: only routes, ids and figures are logged. */
export const createLogger = (service: string, level = process.env.LOG_LEVEL ?? 'info'): Logger =>
  pino(
    {
      name: service,
      level,
      redact: hidden.flatMap((name) => [name, `*.${name}`]),
      serializers: {
        // An error's code, such as ECONNREFUSED, is none of ours: another name keeps it from being hidden with them.
        err: (error: NodeJS.ErrnoException) => ({ ...pino.stdSerializers.err(error), errorCode: error.code }),
      },
    },
    pino.destination({ dest: 2, sync: false }),
  );
export type { Logger };
