import { useTranslation } from 'react-i18next';
import classes from './loop.module.css';

const steps = ['contribution', 'tier', 'code', 'share', 'checkout', 'reward'] as const;

/** The loop as a picture that is also a list. */
export const Loop = () => {
  const { t } = useTranslation();
  return (
    <ol className={classes.loop}>
      {steps.map((step, place) => (
        <li key={step} className={classes.step}>
          <span className={classes.place} aria-hidden>
            {place + 1}
          </span>
          <span>
            <strong className={classes.name}>{t(`loop.${step}`)}</strong>
            <span className={classes.text}>{t(`loop.${step}Text`)}</span>
          </span>
        </li>
      ))}
    </ol>
  );
};
