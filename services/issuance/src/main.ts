import { codeMint, parseCodeKeys } from '@fcode/codes';
import { codeVariables } from '@fcode/http';
import { defaultPolicy } from '@fcode/policy';
import { runService } from '@fcode/service';
import { createIssuance } from './app.ts';

await runService('issuance', codeVariables, (parts, { FCODE_CODE_KEYS, FCODE_CODE_KEY }) =>
  createIssuance({ ...parts, mint: codeMint(parseCodeKeys(FCODE_CODE_KEYS), FCODE_CODE_KEY), policy: defaultPolicy }),
);
