-- SPDX-License-Identifier: AGPL-3.0-or-later
-- First pages of a register: newest, by day, one township, one village and a code, by a name. No
-- answer is kept between two questions.
local cookie, townships, villages = os.getenv('HENG_COOKIE'), {}, {}
for word in string.gmatch(os.getenv('HENG_TOWNSHIPS'), '%S+') do townships[#townships + 1] = word end
for word in string.gmatch(os.getenv('HENG_VILLAGES'), '%S+') do villages[#villages + 1] = word end
local names = { '%E5%BC%A0%E4%BC%9F', '%E6%9D%8E%E5%A8%9C', '%E7%8E%8B%E8%8A%B3', '%E5%88%98%E6%B4%8B', '%E9%99%88%E9%9D%99' }
-- what the page asks for: its columns, its area and period, and how many rows there are;
-- or, as a program might ask, every column of the newest of everywhere
local how, n = os.getenv('HENG_RUN'), 0
local base = '/api/registers/births/rows?' .. ({
    page = 'state=current&columns=' .. os.getenv('HENG_COLUMNS') .. '&limit=',
    count = 'state=current&columns=child_name&count=1&limit=1&',
    program = 'limit=' })[how]
local county = how == 'program' and '' or '&f.residence=' .. os.getenv('HENG_COUNTY')
local half = how == 'program' and '' or '&f.born_on=2014-01-01..2014-06-30'
local function query()
    n = n + 1
    local kind, list = n % 5, base .. (how == 'count' and '' or tostring(30 + n % 40))
    if kind == 0 then return list .. county .. half end
    if kind == 1 then
        return list .. (how == 'count' and '' or '&sort=-born_on') .. county ..
            '&f.born_on=..2014-' .. string.format('%02d-%02d', 1 + n % 5, 1 + n % 28)
    end
    if kind == 2 then return list .. half .. '&f.residence=' .. townships[1 + math.random(#townships) % #townships] end
    if kind == 3 then return list .. '&f.sex=f&f.residence=' .. villages[1 + math.random(#villages) % #villages] end
    return list .. county .. half .. '&q=' .. names[1 + math.random(#names) % #names]
end
request = function()
    return wrk.format('GET', query(), { ['Cookie'] = cookie, ['Accept-Encoding'] = 'gzip' })
end
local bad = 0
response = function(status) if status ~= 200 then bad = bad + 1; wrk.thread:set('bad', bad) end end
local threads = {}
setup = function(thread) threads[#threads + 1] = thread end
done = function(summary, latency)
    local wrong = 0
    for _, thread in ipairs(threads) do wrong = wrong + (thread:get('bad') or 0) end
    print(string.format('RESULT %f %f %f %d %d', summary.requests / summary.duration * 1e6,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.requests,
        wrong + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
