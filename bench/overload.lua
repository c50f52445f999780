-- wrk's buyers of an overload: each asks, and asks again after a pause.
-- args: the pause in ms, then SKUs

function init(args)
    pause = tonumber(args[1])
    skus = {}
    for i = 2, #args do skus[#skus + 1] = args[i] end
    headers = { ['Content-Type'] = 'application/json' }
end

function request()
    return wrk.format('POST', nil, headers,
        ('{"buyer_id":"u%d","items":[{"sku":"%s","quantity":1}]}'):format(
            math.random(1000000), skus[math.random(#skus)]))
end

function delay()
    return pause > 0 and math.random(2 * pause) or 0
end
