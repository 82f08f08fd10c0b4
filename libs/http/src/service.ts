/** A service as a launcher sees it: its routes, and its life beside them. */
export interface Service {
  name: string;
  app: { fetch: (request: Request) => Response | Promise<Response> };
  /** Begins listening, relaying and polling. Resolves when it may take requests. */
  start(): Promise<void>;
  /** Ends what `start` began, and publishes what is left to publish. */
  stop(): Promise<void>;
}
