-- SPDX-License-Identifier: AGPL-3.0-or-later
-- A new birth with every request.
local cookie, csrf, run = os.getenv('HENG_COOKIE'), os.getenv('HENG_CSRF'), os.getenv('HENG_RUN')
local villages, n, number, bad, threads = {}, 0, 0, 0, {}
for word in string.gmatch(os.getenv('HENG_VILLAGES'), '%S+') do villages[#villages + 1] = word end
setup = function(thread) thread:set('number', #threads); threads[#threads + 1] = thread end
request = function()
    n = n + 1
    local body = string.format('{"source":"hospital","values":{"certificate":"S%s%d%07d","child_name":"\\u738b\\u5c0f\\u660e",'
        .. '"sex":"%s","born_on":"2014-0%d-%02d","birth_order":"first","place":"hospital","weight":"%d",'
        .. '"mother_birth_year":"1988","residence":"%s","registered_on":"2014-07-%02d"}}',
        run, number, n, n % 2 == 0 and 'm' or 'f', 1 + n % 6, 1 + n % 28, 2500 + n % 1500,
        villages[1 + n % #villages], 1 + n % 19)
    return wrk.format('POST', '/api/registers/births/rows',
        { ['Cookie'] = cookie, ['X-Heng-CSRF'] = csrf, ['Content-Type'] = 'application/json' }, body)
end
response = function(status) if status ~= 201 then bad = bad + 1; wrk.thread:set('bad', bad) end end
done = function(summary, latency)
    local wrong = 0
    for _, thread in ipairs(threads) do wrong = wrong + (thread:get('bad') or 0) end
    print(string.format('RESULT %f %f %f %d %d', summary.requests / summary.duration * 1e6,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.requests,
        wrong + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
