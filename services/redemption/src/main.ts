import { codeMint, parseCodeKeys } from '@fcode/codes';
import { codeVariables, z } from '@fcode/http';
import { runService } from '@fcode/service';
import { createRedemption } from './app.ts';

const variables = {
  ...codeVariables,
  FCODE_BUYER_KEY: {
    schema: z.string().min(32),
    about: "the key of guests' pseudonyms, at least 32 characters; never change it",
    example: '$(openssl rand -base64 32)',
  },
};

await runService('redemption', variables, (parts, { FCODE_CODE_KEYS, FCODE_CODE_KEY, FCODE_BUYER_KEY }) =>
  createRedemption({
    ...parts,
    mint: codeMint(parseCodeKeys(FCODE_CODE_KEYS), FCODE_CODE_KEY),
    buyerKey: new TextEncoder().encode(FCODE_BUYER_KEY),
  }),
);
