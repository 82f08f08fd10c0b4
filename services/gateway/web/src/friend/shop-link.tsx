import { Button, type ButtonProps } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useBuyer } from '../shop/use-buyer.ts';

export interface ShopLinkProps extends Pick<ButtonProps, 'size'> {
  code: string | undefined;
  inviteId?: string | undefined;
  /** What the code is for, where no invitation tells it. */
  sku?: string | undefined;
  /** Whose the code is alone: the shop is told so. */
  memberId?: string;
}

/** The way to the shop: with the code behind the `#`, where there is one. */
export const ShopLink = ({ code, inviteId, sku, memberId, size = 'lg' }: ShopLinkProps) => {
  const { t } = useTranslation();
  const [choice, setChoice] = useBuyer();
  const shop = {
    pathname: '/shop',
    search: new URLSearchParams({
      ...(inviteId !== undefined && { invite: inviteId }),
      ...(sku !== undefined && { sku }),
    }).toString(),
    hash: code ?? '',
  };
  return (
    <Button
      component={Link}
      to={shop}
      size={size}
      variant={code === undefined ? 'default' : 'filled'}
      onClick={() => {
        if (memberId !== undefined) setChoice({ ...choice, who: 'member', memberId });
      }}
    >
      {code === undefined ? t('friend.toShop') : t('friend.use')}
    </Button>
  );
};
