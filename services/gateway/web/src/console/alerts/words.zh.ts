import type { Translation } from '../../language/translation.ts';

export const alertsZh: Translation['console']['alerts'] = {
  title: '告警',
};
