import { lazy } from 'react';
import { Route, Routes } from 'react-router';
import { HomePage } from './home/home-page.tsx';
import { Layout } from './layout/layout.tsx';
import { NotFoundPage } from './not-found-page.tsx';

const ShopPage = lazy(() => import('./shop/shop-page.tsx'));
const FanPage = lazy(() => import('./fan/fan-page.tsx'));
const FriendPage = lazy(() => import('./friend/friend-page.tsx'));
const AcceptPage = lazy(() => import('./accept/accept-page.tsx'));
const ConsolePage = lazy(() => import('./console/console-page.tsx'));

export const Pages = () => (
  <Routes>
    <Route element={<Layout />}>
      <Route index element={<HomePage />} />
      <Route path="shop" element={<ShopPage />} />
      <Route path="fan" element={<FanPage />} />
      <Route path="friend" element={<FriendPage />} />
      <Route path="accept" element={<AcceptPage />} />
      <Route path="ops/*" element={<ConsolePage />} />
      <Route path="*" element={<NotFoundPage />} />
    </Route>
  </Routes>
);
