-- SPDX-License-Identifier: AGPL-3.0-or-later
-- One address, again and again.
local cookie, bad, threads = os.getenv('HENG_COOKIE'), 0, {}
wrk.headers['Cookie'] = cookie
wrk.headers['Accept-Encoding'] = 'gzip'
response = function(status) if status ~= 200 then bad = bad + 1; wrk.thread:set('bad', bad) end end
setup = function(thread) threads[#threads + 1] = thread end
done = function(summary, latency)
    local wrong = 0
    for _, thread in ipairs(threads) do wrong = wrong + (thread:get('bad') or 0) end
    print(string.format('RESULT %f %f %f %d %d', summary.requests / summary.duration * 1e6,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.requests,
        wrong + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
