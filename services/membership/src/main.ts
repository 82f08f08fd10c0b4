import { defaultPolicy } from '@fcode/policy';
import { runService } from '@fcode/service';
import { createMembership } from './app.ts';

await runService('membership', {}, ({ log: _, ...parts }) => createMembership({ ...parts, policy: defaultPolicy }));
