import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { BrowserRouter } from 'react-router';
import { FcodeProblem } from './api.ts';
import { Pages } from './pages.tsx';
import { cssVariables, theme } from './theme.ts';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What was refused would be refused again; what was away was asked for several times by the client.
      retry: (failures, error) => failures < 1 && !(error instanceof FcodeProblem),
      refetchOnWindowFocus: true,
    },
  },
});

export const App = () => (
  <MantineProvider theme={theme} cssVariablesResolver={cssVariables} forceColorScheme="light">
    <QueryClientProvider client={queries}>
      <BrowserRouter>
        <Pages />
      </BrowserRouter>
    </QueryClientProvider>
  </MantineProvider>
);
