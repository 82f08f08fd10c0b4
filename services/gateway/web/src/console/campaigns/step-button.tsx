import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Asked, Step } from './steps.ts';

interface StepButtonProps {
  step: Step;
  campaignId: string;
  isFirst: boolean;
  onAsk: (verb: Asked) => void;
}

/** One thing that can be done with a campaign: here, or on the page to which it leads. */
export const StepButton = ({ step, campaignId, isFirst, onAsk }: StepButtonProps) => {
  const { t } = useTranslation();
  const text = t(`console.campaigns.next.${step}`);
  const variant = isFirst ? 'filled' : 'default';
  const linkTo = (path: string) => (
    <Button component={Link} to={`/ops/campaigns/${path}`} variant={variant}>
      {text}
    </Button>
  );
  switch (step) {
    case 'grant':
      return linkTo(`${campaignId}/grants/new`);
    case 'change':
      return linkTo(`new?change=${campaignId}`);
    case 'again':
      return linkTo(`new?from=${campaignId}`);
    default:
      return (
        <Button variant={variant} onClick={() => onAsk(step)}>
          {text}
        </Button>
      );
  }
};
