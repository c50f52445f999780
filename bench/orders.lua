-- wrk's orders: buyers at random, each order with a key of its own.
-- args: form ("gateway" or "peer"), prefix of the SKUs, a number no other run has,
-- how many SKUs there are, and "keys" or "none", and how many buyers there are, if
-- they order in turn, each one SKU of his own;
-- for carts the form is a file, with the numbers of the SKUs of each shard in a
-- line of their own: one of each is in every cart

local form, skus, run

function setup(thread)
    threads = threads or {}
    threads[#threads + 1] = thread
    thread:set('thread', #threads)
end

function init(args)
    form = args[1] == 'peer'
        and '{"user_id":"u%d","sku":"%s%d","quantity":1}'
        or '{"buyer_id":"u%d","items":[{"sku":"%s%d","quantity":1}]}'
    skus, run, most, keys = args[2], args[3], tonumber(args[4]), args[5] == 'keys'
    buyers = tonumber(args[6] or '')
    local file = io.open(args[1])
    if file then
        shards = {}
        for line in file:lines() do
            local shard = {}
            for n in line:gmatch('%d+') do shard[#shard + 1] = n end
            shards[#shards + 1] = shard
        end
    end
    count, statuses = 0, {}
    headers = { ['Content-Type'] = 'application/json' }
    math.randomseed(tonumber(run) * 100 + thread)
end

function request()
    count = count + 1
    headers['Idempotency-Key'] = keys and run .. '-' .. thread .. '-' .. count or nil
    if shards then
        local items = {}
        for i, shard in ipairs(shards) do
            items[i] = ('{"sku":"%s%s","quantity":1}'):format(skus,
                shard[math.random(#shard)])
        end
        return wrk.format('POST', nil, headers,
            ('{"buyer_id":"u%d","items":[%s]}'):format(math.random(1000000),
                table.concat(items, ',')))
    end
    -- the factor is a prime number, so the buyers come in no order, and all come
    local buyer = buyers and count * 611953 % buyers
    return wrk.format('POST', nil, headers, form:format(
        buyer or math.random(1000000), skus, buyer and buyer % most + 1 or math.random(most)))
end

function response(status)
    statuses[status] = (statuses[status] or 0) + 1
end

function done(summary, latency)
    local all = {}
    for _, t in ipairs(threads) do
        for status, n in pairs(t:get('statuses')) do
            all[status] = (all[status] or 0) + n
        end
    end
    local list = {}
    for status, n in pairs(all) do
        list[#list + 1] = ('"%d":%d'):format(status, n)
    end
    print(('RESULT {"us":%d,"requests":%d,"p50":%d,"p99":%d,"statuses":{%s}}')
        :format(summary.duration, summary.requests, latency:percentile(50),
            latency:percentile(99), table.concat(list, ',')))
end
