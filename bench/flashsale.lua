-- wrk's buyers of a flash sale: each wants one unit, asks again until it is told
-- sold out or has its order, and repeats its request now and then afterwards.
-- args: the SKU, how many buyers there are

function setup(thread)
    threads = threads or {}
    threads[#threads + 1] = thread
    thread:set('thread', #threads)
end

function init(args)
    sku, buyers = args[1], tonumber(args[2])
    headers = { ['Content-Type'] = 'application/json' }
    statuses = {}
    math.randomseed(thread)
end

function request()
    local buyer = math.random(buyers)
    headers['Idempotency-Key'] = 'flash-' .. buyer
    return wrk.format('POST', '/v1/orders', headers,
        ('{"buyer_id":"u-%d","items":[{"sku":"%s","quantity":1}]}'):format(buyer, sku))
end

function response(status)
    statuses[status] = (statuses[status] or 0) + 1
end

function done(summary)
    local all, list = {}, {}
    for _, t in ipairs(threads) do
        for status, n in pairs(t:get('statuses')) do
            all[status] = (all[status] or 0) + n
        end
    end
    for status, n in pairs(all) do list[#list + 1] = ('%d x %s'):format(n, status) end
    print('RESULT ' .. table.concat(list, ', '))
end
