import { z } from '@fcode/http';
import { defaultPolicy } from '@fcode/policy';
import { runService } from '@fcode/service';
import { createReferral } from './app.ts';

const variables = {
  FCODE_LANDING: {
    schema: z
      .string()
      .regex(/^(\/(?!\/)|https?:\/\/)[^#\s]*$/)
      .default('/friend'),
    about: 'where a friend lands who opened an invite link: a path, or an address of your shop, without a fragment',
    example: 'https://shop.example.com/invited',
  },
};

await runService('referral', variables, (parts, { FCODE_LANDING }) =>
  createReferral({ ...parts, policy: defaultPolicy, landing: FCODE_LANDING }),
);
