import { createLogger, endOnSignal, failToStart, processVariables, readEnvironment, z } from '@fcode/http';
import { isDemoHalfLoaded, loadDemo, policyFor } from './demo.ts';
import { startEmbedded } from './embedded.ts';
import { welcome } from './welcome.ts';

try {
  const { PORT, FCODE_DATA, DYNAMODB_ENDPOINT } = readEnvironment({
    PORT: {
      schema: processVariables.PORT.schema.default(8080),
      about: 'the port to listen on',
      example: '8080',
    },
    FCODE_DATA: { schema: z.string().default('.data'), about: 'the folder that keeps everything', example: './data' },
    DYNAMODB_ENDPOINT: {
      schema: z.url().optional(),
      about: 'another store engine than the one that comes along',
      example: 'http://127.0.0.1:8000',
    },
  });
  const logger = createLogger('fcode', process.env.LOG_LEVEL ?? 'warn');
  const wantsDemo = !process.argv.includes('--empty');
  const system = await startEmbedded({
    folder: FCODE_DATA,
    port: PORT,
    logger,
    endpoint: DYNAMODB_ENDPOINT,
    policy: policyFor(wantsDemo),
  });
  endOnSignal(system.stop, logger);
  if ((wantsDemo && system.isFirstStart) || isDemoHalfLoaded(system)) await loadDemo(system);
  process.stdout.write(await welcome(system));
  await system.broken;
} catch (error) {
  failToStart(error);
}
