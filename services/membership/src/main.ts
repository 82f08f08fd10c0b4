import { defaultPolicy } from '@fcode/policy';
import { runService } from '@fcode/service';
import { createMembership } from './app.ts';

await runService('membership', {}, (parts) => createMembership({ ...parts, policy: defaultPolicy }));
