import { problemReply, toHttpProblem, type RequestId } from '@fanfare/service-kit';

/** Makes the answers to frames that were refused; `connectionId` leads to the lines of the log. */
export function createErrorFrame(connectionId: string) {
  return (requestId: RequestId, thrown: unknown): string => {
    const { body: problem } = problemReply(toHttpProblem(thrown), { url: '/ws', requestId: connectionId });
    return JSON.stringify({ type: 'error', request_id: requestId, problem });
  };
}
