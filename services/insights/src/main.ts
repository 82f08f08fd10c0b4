import { codeMint, parseCodeKeys } from '@fcode/codes';
import { codeVariables } from '@fcode/http';
import { runService } from '@fcode/service';
import { createInsights } from './app.ts';

await runService('insights', codeVariables, (parts, { FCODE_CODE_KEYS, FCODE_CODE_KEY }) =>
  createInsights({ ...parts, mint: codeMint(parseCodeKeys(FCODE_CODE_KEYS), FCODE_CODE_KEY) }),
);
