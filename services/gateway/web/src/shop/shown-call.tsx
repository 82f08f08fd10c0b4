import { useTranslation } from 'react-i18next';
import type { Call } from '../calls.ts';
import { useFormat } from '../language/use-format.ts';
import classes from './call-panel.module.css';

const pretty = (body: unknown): string => JSON.stringify(body, undefined, 2);

const colourOf = (status: number | 'none' | undefined) => {
  if (status === undefined) return classes.waiting;
  return typeof status === 'number' && status < 400 ? classes.good : classes.bad;
};

export const ShownCall = ({ call: { method, path, attempt, request, answer } }: { call: Call }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const status = answer?.status;
  return (
    <li className={classes.call}>
      <details>
        <summary className={classes.line}>
          <span className={classes.method}>{method}</span>
          <span className={classes.path}>{path}</span>
          <span className={classes.came}>
            <span className={`${classes.status} ${colourOf(status)}`}>
              {status === undefined ? t('calls.waiting') : status === 'none' ? t('calls.noAnswer') : status}
            </span>
            {answer && <span className={classes.ms}>{t('calls.ms', { ms: format.number(answer.ms) })}</span>}
          </span>
          {attempt > 1 && <span className={classes.again}>{t('calls.sentAgain', { attempt })}</span>}
        </summary>
        <p className={classes.what}>{t('calls.request')}</p>
        <pre className={classes.body}>{request === undefined ? t('calls.empty') : pretty(request)}</pre>
        <p className={classes.what}>{t('calls.response')}</p>
        <pre className={classes.body}>{answer?.body === undefined ? t('calls.empty') : pretty(answer.body)}</pre>
      </details>
    </li>
  );
};
