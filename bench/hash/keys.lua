-- Requests with 10,000 keys in turn, in the header Key.

local n = 0

function request()
    n = n % 10000 + 1
    return wrk.format("GET", nil, { Key = "key-" .. n })
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format('RESULT {"requests":%d,"us":%d,"errors":%d}\n',
        summary.requests, summary.duration,
        e.connect + e.read + e.write + e.status + e.timeout))
end
