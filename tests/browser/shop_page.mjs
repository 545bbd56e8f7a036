// A shop's page: makes calls with Segment's library for browsers, each delivered before the next.
import { AnalyticsBrowser } from "@segment/analytics-next";

const CALLS = {
  page: (analytics, { category, name, properties }, options) =>
    analytics.page(category, name, properties, options),
  screen: (analytics, { category, name, properties }, options) =>
    analytics.screen(category, name, properties, options),
  track: (analytics, { event, properties }, options) => analytics.track(event, properties, options),
  identify: (analytics, { userId, traits }, options) => analytics.identify(userId, traits, options),
  alias: (analytics, { userId, previousId }, options) =>
    analytics.alias(userId, previousId, options),
  group: (analytics, { groupId, traits }, options) => analytics.group(groupId, traits, options),
};

globalThis.openShop = (collector, writeKey, visitor, deliveryStrategy) => {
  globalThis.analytics = AnalyticsBrowser.load(
    { writeKey, cdnURL: collector },
    { integrations: { "Segment.io": { deliveryStrategy } } },
  );
  return globalThis.analytics.setAnonymousId(visitor);
};

globalThis.visit = async (calls) => {
  for (const call of calls) {
    const options = { context: call.context, timestamp: new Date(call.timestamp) };
    await CALLS[call.call](globalThis.analytics, call, options);
  }
};
