import type { Translation } from '../../language/translation.ts';

export const auditZh: Translation['console']['audit'] = {
  title: '操作记录',
};
