import type { Translation } from '../../language/translation.ts';
import { alertsZh } from '../alerts/words.zh.ts';
import { auditZh } from '../audit/words.zh.ts';
import { campaignsZh } from '../campaigns/words.zh.ts';
import { grantsZh } from '../grants/words.zh.ts';
import { lookUpZh } from '../look-up/words.zh.ts';
import { whoZh } from '../who/words.zh.ts';

export const consoleZh: Translation['console'] = {
  title: '运营台',
  lead: '策划首发、发放 F码，动手之前先看清结果。',
  nav: '运营台各部分',
  part: { campaigns: '活动', lookUp: '查询', alerts: '告警', audit: '操作记录' },
  you: '你是谁？',
  youText: '在这里做的每件事都会记在你的名下。发放 F码须由另一位同事批准。',
  operator: '当前登录',
  chooseOperator: '登录',
  tokenTitle: '用令牌登录',
  tokenText: '令牌由你们的身份提供方签发：一个带 ops 角色的 JWT。它只留在这个标签页里，关掉就没了。',
  token: '访问令牌',
  tokenBad: '这个令牌用不了：不完整，或者已经过期。请换一个新的。',
  signIn: '登录',
  signOut: '退出',
  more: '显示更多',
  nothing: '这里还没有内容。',
  cancel: '取消',
  reason: '原因',
  reasonHint: '会和你的名字一起写进操作记录。',
  campaigns: campaignsZh,
  grants: grantsZh,
  lookUp: lookUpZh,
  who: whoZh,
  alerts: alertsZh,
  audit: auditZh,
};
