-- A SKU's stock in its slot, and as one line (trade_stock.h).

local function stock_fields(sku)
  return 'total|' .. sku, 'available|' .. sku, 'held|' .. sku,
    'limit|' .. sku, 'opens|' .. sku, 'closes|' .. sku
end

local function stock_line(sku, total, available, held, limit, opens, closes)
  return sku .. ' ' .. total .. ' ' .. available .. ' ' .. (held or 0) .. ' '
    .. (limit or '-') .. ' ' .. (opens or '-') .. ' ' .. (closes or '-')
end
