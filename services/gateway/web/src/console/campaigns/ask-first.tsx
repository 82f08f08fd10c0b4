import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import type { Campaign } from '../api.ts';
import { ConfirmDialog } from '../common/confirm-dialog.tsx';
import { previewQuery } from './preview-query.ts';
import type { Asked } from './steps.ts';
import { usePrice } from './use-price.ts';
import { useSumText } from './use-sum-text.ts';
import { useWindowText } from './use-window-text.ts';
import { verbsOf } from './verbs.ts';

interface AskFirstProps {
  subject: string;
  campaign: Campaign;
  verb: Asked;
  onClose: () => void;
  onDone: () => void;
}

/** What will follow, before it is done; and, but for what everybody sees anyway, why. */
export const AskFirst = ({ subject, campaign, verb, onClose, onDone }: AskFirstProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const windowText = useWindowText();
  const price = usePrice(subject);
  const sumText = useSumText();
  const { campaignId, name, quota, allotment, regions = [] } = campaign;
  const { data: preview } = useQuery(previewQuery(subject, verb === 'publish' ? { allotment, regions } : undefined));
  const { ours, theirs } = windowText(campaign);
  const consequences =
    verb === 'publish'
      ? [
          t('console.campaigns.ask.publish.window', { window: ours }),
          ...(theirs === undefined ? [] : [t('console.campaigns.ask.publish.thatIs', { window: theirs })]),
          t('console.campaigns.ask.publish.quota', { count: quota, codes: format.number(quota) }),
          ...(preview ? [t('console.campaigns.ask.publish.preview', { sum: sumText(preview) })] : []),
          ...(price ? [t('console.campaigns.ask.publish.points', price)] : []),
          t('console.campaigns.ask.publish.final'),
        ]
      : (['first', 'second', 'third'] as const).map((place) => t(`console.campaigns.ask.${verb}.${place}`));
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      title={t(`console.campaigns.ask.${verb}.title`, { name })}
      consequences={consequences}
      label={t(`console.campaigns.ask.${verb}.confirm`)}
      isForGood={verb === 'close'}
      hasReason={verb !== 'publish'}
      onConfirm={verbsOf(subject, campaignId)[verb]}
      onDone={onDone}
    />
  );
};
