# Every hostile body is refused, each with its own status and type and without a
# trace; and what is only unusual is taken, its metadata byte for byte.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use Test::More;
use Trade;
use Trade::Load qw(load);
use Trade::Process qw(wait_for);

my $t = Trade->new;
my $redis = $t->redis('a');
my $kafka = $t->kafka;

my $n = $t->nginx(<<'EOF', A => $redis->address, KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_timeout 20s;

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /large/orders {
            trade_orders stock orders;
            trade_body_max 128k;
        }
        location /trade { trade_status; }
    }
}
EOF

# Fifty SKUs of one slot, one of 255 characters, some of any.

my %slots;
push @{ $slots{ crc32("S-$_") % 4096 } }, "S-$_" for 1 .. 300000;
my ($same) = grep { @$_ >= 50 } @slots{ sort { $a <=> $b } keys %slots };
my @same = @$same[0 .. 49];
my $long = 'L' x 255;

my @odd = ('CLE-056621/6', 'A&B', '50st(3,6x19cm)', "\x{624b}\x{673a}", "\x{1f381}", '{s1}',
    'a|b*%20b', 'a"b\\', '..');

my %quantity;       # of each SKU, sold below
my @all = ('A-1', 'A_1.x:2', $long, @odd, @same);
is(scalar(grep { $_->{status} == 200 } load($n, 8, map { { method => 'PUT',
    path => Trade::Nginx::stock_path($_), body => { total => 1000000 } } } @all)), 62,
    'stock is set');

# The cases: [name, body, status, problem, pointers], and of those taken
# [name, body, { metadata, sku, quantity, buyer }].

my (@refused, @taken);
my $buyers = 0;

# A body around what differs.
sub with_metadata { return buyer() . item() . qq(,"metadata":$_[0]}) }
sub with_quantity { return buyer() . qq("items":[{"sku":"A-1","quantity":$_[0]}]}) }
sub with_sku { return buyer() . qq("items":[{"sku":$_[0],"quantity":1}]}) }
sub with_buyer { return qq({"buyer_id":$_[0],) . item() . '}' }
sub buyer { return '{"buyer_id":"u-' . ++$buyers . '",' }
sub item { return '"items":[{"sku":"A-1","quantity":1}]' }

sub bad { my ($name, $body) = @_; push @refused, [$name, $body, 400, 'bad-json', ''] }
sub bad_metadata { bad("metadata: $_[0]", with_metadata($_[1])) }
sub invalid {
    my ($name, $body, $pointers) = @_;
    push @refused, [$name, $body, 422, 'invalid-field', $pointers];
}
sub taken {
    my ($name, $body, %want) = @_;
    push @taken, [$name, $body, { sku => 'A-1', quantity => 1, %want }];
}
sub taken_metadata { taken("metadata: $_[0]", with_metadata($_[1]), metadata => $_[1]) }

# How much of it there is, and what stands around it.

my $plain = with_quantity(1);
bad("the first $_ bytes", substr $plain, 0, $_) for 0 .. length($plain) - 1;
taken('all of it', $plain);

bad("$_->[0] behind it", $plain . $_->[1])
    for ['a letter', 'x'], ['a second body', $plain], ['a brace', '}'], ['a NUL', "\0"],
    ['a comma', ','], ['a form feed', "\f"], ['a no-break space', "\xc2\xa0"],
    ['a comment', '// x'], ['a BOM', "\xef\xbb\xbf"];
bad("$_->[0] before it", $_->[1] . $plain)
    for ['a BOM', "\xef\xbb\xbf"], ['a NUL', "\0"], ['a vertical tab', "\x0b"],
    ['a comment', '/**/'], ['a UTF-16 BOM', "\xff\xfe"], ['a guard', ")]}',\n"];
bad('UTF-16', join '', map { "$_\0" } split //, $plain);
bad('UTF-32', join '', map { "$_\0\0\0" } split //, $plain);
taken('white space all around', " \t\r\n" . with_quantity(" \n 1\t ") . " \r\n\t ");

bad("a body that is $_", $_)
    for 'null', 'true', '1', '"x"', '[]', "[$plain]", ' ', "\n", '""', 'NaN', 'undefined';
push @refused, ['an empty object', '{}', 422, 'invalid-field', '/buyer_id /items'];

$plain = with_quantity(1);      # a buyer's orders at once are refused
my $spaces = 16384 - length $plain;
taken('16384 bytes', $plain . ' ' x $spaces);
push @refused, ['16385 bytes', $plain . ' ' x ($spaces + 1), 413, 'body-too-long', ''],
    ['16385 bytes of nothing', ' ' x 16385, 413, 'body-too-long', ''],
    ['1 MB', ' ' x 1000000, 413, 'body-too-long', ''];
my $wrap = length with_metadata('{"a":""}');
taken_metadata('all 16384 bytes', '{"a":"' . 'x' x (16384 - $wrap - 10) . '"}');

# Grammar.

bad_metadata(@$_)
    for ['a comma at the end', '{"a":1,}'], ['of a list', '{"a":[1,]}'],
    ['a comma at the start', '{,"a":1}'], ['two commas', '{"a":1,,"b":2}'],
    ['no colon', '{"a" 1}'], ['two colons', '{"a"::1}'], ['no value', '{"a":}'],
    ['no name', '{:1}'], ['a bare name', '{a:1}'], ['a number as name', '{1:1}'],
    ['single quotes', "{'a':1}"], ['a comment', '{/*a*/}'], ['the wrong end', '{"a":[1}]'],
    ['NaN', '{"a":NaN}'], ['Infinity', '{"a":-Infinity}'], ['True', '{"a":True}'],
    ['nul', '{"a":nul}'], ['nulls', '{"a":nulls}'], ['a bare word', '{"a":b}'],
    map { ["the number $_", qq({"a":$_})] } qw(007 -01 00 +1 .5 1. 1.e1 1e 1e+ 1E- - -a
        0x10 1_000 1e1.5 --1 ++1 1/2 e5), '1,5', '1 2', '1e5e5', '0 1', "\xd9\xa1";

# Strings: escapes, control characters, UTF-8, surrogates.

bad_metadata(@$_)
    for (map { ["the escape \\$_", qq({"a":"\\$_"})] } qw(x41 a v 0 ' U0041 u u1 u12 u123
        u12g4 u-123 u+123), 'u 123', "\n"),
    (map { [sprintf('the control character %02x', $_), sprintf '{"a":"%c"}', $_] }
        0 .. 31),
    (map { [sprintf('%02x in a name', $_), sprintf '{"%c":1}', $_] } 0, 10, 31),
    ['\u0000 in a name', '{"\u0000":1}'], ['\u0000 behind a name', '{"a\u0000":1}'],
    (map { ["the lone surrogate $_", qq({"a":"$_"})] } '\ud800', '\uDBFF', '\udc00',
        '\udfff', '\ud83d\ud83d', '\ud83d\u0041', '\ud83dA', '\ude00\ud83d',
        '\ud83d\\\\ude00', '\ud83d\n'),
    ['a lone surrogate in a name', '{"\ud800":1}'];

my @bad_utf8 = qw(80 bf c0 c080 c1bf c2 c241 c2c2 c27f c3c0 e080 e08080 e09fbf e18041
    e1 e180 ed a080 eda080 edafbf edb080 edbfbf edaebfedbebf ef ef80 efbf f080 f0808080
    f08080af f08fbfbf f1 f180 f18080 f1808041 f4908080 f5808080 f7bfbfbf f888808080
    fc8480808080 fe ff fffe e9 c3a9ff);
bad_metadata("the bytes $_", '{"a":"' . pack('H*', $_) . '"}') for @bad_utf8;
bad_metadata("the bytes $_ in a name", '{"' . pack('H*', $_) . '":1}') for @bad_utf8;
bad("the bytes $_ in the buyer", with_buyer('"' . pack('H*', $_) . '"')) for @bad_utf8;
bad_metadata("the bytes $_ outside of strings", '{"a":' . pack('H*', $_) . '1}')
    for qw(00 80 a0 c2a0 e28080 efbbbf ff 0b 0c 7f);

taken_metadata("the bytes $_", '{"a":"' . pack('H*', $_) . '"}')
    for qw(7f c280 dfbf e0a080 ed9fbf ee8080 efbfbd efbfbf efb7bf efbbbf e28080 f0908080
        f48fbfbf f09f9880);
taken_metadata('escapes', '{"a":"\"\\\\\/\b\f\n\r\t\u0041\u00e9\uD83D\uDE00\ufffe"}');
taken_metadata('\u0000 in a value', '{"a":"\u0000","b":"a\u0000b"}');
taken_metadata('an escaped backslash and u0000', '{"a\\\\u0000":"\\\\ud800"}');

# Nesting: the body is the first level, metadata the second.

sub nested { my ($n) = @_; return '{"a":' . '[' x ($n - 2) . ']' x ($n - 2) . '}' }
taken_metadata('8 levels of lists', nested(8));
taken_metadata('8 levels of objects', '{"a":' x 6 . '{}' . '}' x 6);
taken_metadata('8 levels, twice', '{"a":' . '[' x 6 . ']' x 6 . ',"b":' . '[' x 6 . ']' x 6
    . '}');
bad_metadata("$_ levels of lists", nested($_)) for 9, 10, 100, 1000, 8000;
bad_metadata('9 levels of objects', '{"a":' x 7 . '{}' . '}' x 7);
bad('lists without an end', '[' x 16384);
bad('objects without an end', '{"a":' x 3276);
bad_metadata('lists without an end', '{"a":' . '[' x 16000);

# Names: doubled, unknown, in another case.

sub doubled { my ($name, $body) = @_; push @refused, [$name, $body, 400, 'doubled-field', ''] }
doubled('the buyer twice', buyer() . '"buyer_id":"u-1",' . item() . '}');
doubled('the items twice', buyer() . item() . ',' . item() . '}');
doubled('metadata twice', with_metadata('{},"metadata":{}'));
doubled('the buyer twice, escaped', buyer() . '"buyer\u005fid":"u-1",' . item() . '}');
doubled('the quantity twice', with_quantity('1,"quantity":1'));
doubled('the sku twice', with_sku('"A-1","sku":"A-1"'));
doubled("$_ in metadata", with_metadata($_))
    for '{"a":1,"a":1}', '{"a":1,"\u0061":1}', '{"":1,"":1}', '{"x":[{"a":1,"b":2,"a":1}]}',
    "{\"\xc3\xa9\":1,\"\\u00e9\":1}", '{"\ud83d\ude00":1,"' . "\xf0\x9f\x98\x80" . '":1}',
    '{"\/":1,"/":1}';
doubled('3,000 doubled names', with_metadata('{' . join(',', ('"":1') x 3000) . '}'));
doubled('the last of 2,000 names', with_metadata('{'
    . join(',', map { qq("$_":1) } 1 .. 1500, 1499) . '}'));

sub unknown {
    my ($name, $body, $pointer) = @_;
    push @refused, [$name, $body, 400, 'unknown-field', $pointer // ''];
}
unknown("a field $_", buyer() . item() . qq(,"$_":1}))
    for 'coupon', '', 'Items', 'ITEMS', 'METADATA', 'item', 'items ', 'metadata\n',
    'order_id', 'buyer', 'toString', '__proto__', "caf\xc3\xa9", 'x' x 200;
unknown('the buyer in another case', '{"Buyer_Id":"u-1",' . item() . '}');
unknown("a field $_ of an item", with_quantity(qq(1,"$_":1)), '/items/0')
    for 'price', 'Sku', 'QUANTITY', 'metadata', '';
unknown('of the second item', buyer()
    . '"items":[{"sku":"A-1","quantity":1},{"sku":"A-1","qty":1}]}', '/items/1');

taken_metadata('names in another case', '{"a":1,"A":2,"Items":3,"items":4}');
taken_metadata('a name twice, at two levels', '{"a":{"a":{"a":1}},"b":{"a":1}}');
taken('escaped names', buyer() . '"\u0069tems":[{"s\u006bu":"A-1","quantit\u0079":1}]}');
taken('another order of names', '{"metadata":{"x":1},"items":[{"quantity":1,"sku":"A-1"}],'
    . '"buyer_id":"u-order"}', buyer => 'u-order', metadata => '{"x":1}');

# Types and ranges.

invalid("metadata that is $_", with_metadata($_), '/metadata')
    for 'null', 'true', 'false', '0', '1.5', '""', '"{}"', '[]', '[{}]';
taken_metadata($_, $_)
    for '{}', '{ }', '{"a":null,"b":true,"c":false,"d":0,"e":"","f":[],"g":{}}',
    '{ "b" : 1.50 ,"a":[ 1 , 2 ],  "c":"\/" }', "{\n\t\"a\":\r\n1}", '{"z":1,"a":2}',
    '{"n":[-0,0.0,1E5,1e-5,1e400,-1e400,12345678901234567890,0.1000]}',
    '{"n":' . '9' x 63 . '}', '{"n":-0.' . '0' x 60 . '}', '{"":{"":1}}',
    '{"html":"</script><!--","sql":"\' OR 1=1 --","redis":"\r\n*1\r\n$8\r\nFLUSHALL\r\n"}';
bad_metadata('a number of 64 digits', '{"n":' . '9' x 64 . '}');
bad_metadata('a number of 16,000 digits', '{"n":' . '9' x 16000 . '}');

invalid("a quantity of $_", with_quantity($_), '/items/0/quantity')
    for qw(0 -1 -0 1.0 1.5 1e0 1E0 10e-1 0.1e1 1001 -1000 2147483648 4294967297 2147483649
        9007199254740993 9223372036854775808 18446744073709551616 18446744073709551617
        36893488147419103233 1e400 -1e400 null true false "1" [] [1] {}), '1' . '0' x 62;
bad("a quantity of $_", with_quantity($_)) for qw(007 01 +1 .1 1. 0x1 1u), '';
invalid('no quantity', buyer() . '"items":[{"sku":"A-1"}]}', '/items/0/quantity');
taken("a quantity of $_", with_quantity($_), quantity => $_) for 1, 1000;
invalid('500 and 501', buyer() . '"items":[{"sku":"A-1","quantity":500},'
    . '{"sku":"A-1","quantity":501}]}', '/items/0');
taken('500 and 500', buyer() . '"items":[{"sku":"A-1","quantity":500},'
    . '{"sku":"A\u002d1","quantity":500}]}', quantity => 1000);

my @bad_ids = ('""', '"' . 'u' x 256 . '"', '"' . 'u' x 15000 . '"', '" "', '" a"', '"a "',
    '"a\nb"', '"a\u0000"', '"\u0000"', '"a\u0000b"', '"a\u001f"', '"a\u007f"', '"a\u0080"',
    '"a\u009f"', "\"a\xc2\x85\"", '"' . "\xc3\xa9" x 128 . '"', '1', 'null', 'true', '[]', '["a"]', '{}');
invalid('the buyer ' . substr($_, 0, 20), with_buyer($_), '/buyer_id') for @bad_ids;
invalid('the sku ' . substr($_, 0, 20), with_sku($_), '/items/0/sku') for @bad_ids;
invalid('no buyer', '{' . item() . '}', '/buyer_id');
invalid('no sku', buyer() . '"items":[{"quantity":1}]}', '/items/0/sku');

taken("the buyer $_->[0]", with_buyer($_->[0]), buyer => $_->[1])
    for ['"' . 'u' x 64 . '"', 'u' x 64], ['"."', '.'], ['"-:_."', '-:_.'],
    ['"0"', '0'], ['"\u0055-\u0031"', 'U-1'], ['"null"', 'null'], ['"a b"', 'a b'],
    ['"a@b.c"', 'a@b.c'], ['"auth0|5f7c"', 'auth0|5f7c'], ['"a\/b"', 'a/b'],
    ['"a\"b\\\\"', 'a"b\\'], ['"caf\u00e9"', "caf\x{e9}"];
taken("the sku $_->[0]", with_sku($_->[0]), sku => $_->[1])
    for [qq("$long"), $long], ['"CLE-056621/6"', 'CLE-056621/6'], ['"A&B"', 'A&B'],
    ['"50st(3,6x19cm)"', '50st(3,6x19cm)'], ['"\u624b\u673a"', "\x{624b}\x{673a}"],
    ["\"\xf0\x9f\x8e\x81\"", "\x{1f381}"], ['"{s1}"', '{s1}'], ['"a|b*%20b"', 'a|b*%20b'],
    ['"a\"b\\\\"', 'a"b\\'], ['".."', '..'], ['"A_1.x:2"', 'A_1.x:2'], ['"\u0041\u002D\u0031"', 'A-1'];

# Items.

invalid("items that are $_->[0]", buyer() . qq("items":$_->[0]}), $_->[1])
    for map({ [$_, '/items'] } '[]', '{}', 'null', '1', '"A-1"', 'true',
        '{"sku":"A-1","quantity":1}'),
    map({ ["[$_]", '/items/0'] } '[]', 'null', '"A-1"', '1', '[{}]');
invalid('no items', substr(buyer(), 0, -1) . '}', '/items');
invalid('an empty item', buyer() . '"items":[{}]}', '/items/0/sku /items/0/quantity');
invalid('a second item that is none', buyer()
    . '"items":[{"sku":"A-1","quantity":1},null]}', '/items/1');
taken('50 items of one SKU', buyer() . '"items":['
    . join(',', ('{"sku":"A-1","quantity":2}') x 50) . ']}', quantity => 100);
invalid('51 items of one SKU', buyer() . '"items":['
    . join(',', ('{"sku":"A-1","quantity":2}') x 51) . ']}', '/items');
invalid('1,000 items that are none', buyer() . '"items":[' . join(',', (1) x 1000) . ']}',
    '/items');

# Answers, one by one.

sub post {
    my ($path, @bodies) = @_;
    return load($n, 8, map { { method => 'POST', path => $path, body => $_ } } @bodies);
}

my @answers = post('/v1/orders', map { $_->[1] } @refused);
for my $case (@refused) {
    my ($name, $body, $status, $problem, $pointers) = @$case;
    my $r = shift @answers;
    my $j = $r->{json} // {};
    my ($type) = ($j->{type} // '') =~ /([a-z-]+)$/;
    my $at = join ' ', map { $_->{pointer} } @{ $j->{errors} || [] };
    is(join('|', $r->{status}, $r->{headers}{'content-type'} // '', $type // '',
            $j->{outcome} // '', $at),
        join('|', $status, 'application/problem+json', $problem, 'none', $pointers),
        "refused: $name") or diag substr $r->{body}, 0, 300;
}

# A name as the gateway writes it in JSON.
sub written {
    my ($name) = @_;
    $name =~ s/(["\\])/sprintf '\\u%04x', ord $1/ge;
    utf8::encode($name);
    return $name;
}

my %orders;         # id => what Kafka must have
@answers = post('/v1/orders', map { $_->[1] } @taken);
for my $case (@taken) {
    my ($name, $body, $want) = @$case;
    my $r = shift @answers;
    is($r->{status}, 201, "taken: $name") or diag substr $r->{body}, 0, 300;
    $orders{ $r->{json}{order_id} // '' } = { name => $name, answer => $r->{body},
        items => '[{"sku":"' . written($want->{sku}) . qq(","quantity":$want->{quantity}}]),
        buyer => written($want->{buyer} // ($body =~ /"buyer_id":"([\w-]+)"/)[0]),
        metadata => $want->{metadata} };
    $quantity{ $want->{sku} } += $want->{quantity};
}

# Fifty SKUs at once; and what takes a larger body.

my ($r) = post('/v1/orders', '{"buyer_id":"u-fifty","items":['
    . join(',', map { qq({"sku":"$_","quantity":1}) } reverse @same) . ']}');
is($r->{status}, 201, 'an order of 50 SKUs is taken') or diag $r->{body};
$orders{ $r->{json}{order_id} } = { name => '50 SKUs', buyer => 'u-fifty',
    answer => $r->{body}, items => '['
    . join(',', map { qq({"sku":"$_","quantity":1}) } sort @same) . ']' };
$quantity{$_}++ for @same;
($r) = post('/v1/orders', '{"buyer_id":"u-fifty","items":['
    . join(',', map { qq({"sku":"$_","quantity":1}) } @same, 'A-1') . ']}');
is($r->{status}, 422, 'an order of 51 SKUs is refused');

my $many = '{' . join(',', map { qq("name-$_":$_) } 1 .. 3000) . '}';
($r) = post('/large/orders', with_metadata($many));
is($r->{status}, 201, 'taken: 3,000 names');
$orders{ $r->{json}{order_id} } = { name => '3,000 names', buyer => "u-$buyers",
    answer => $r->{body}, items => '[{"sku":"A-1","quantity":1}]', metadata => $many };
$quantity{'A-1'}++;
($r) = post('/large/orders', with_metadata('{' . join(',', map { qq("name-$_":$_) } 1 .. 3000,
    7) . '}'));
is($r->{json}{type}, 'urn:trade-gateway:problem:doubled-field', 'refused: a name that appears twice')
    or diag $r->{body};

# The orders in Kafka, and in Redis.

my %records = map { $_->{key} => $_ } my @records = $kafka->orders($t->topic);
is(scalar @records, keys %orders, 'the topic has as many orders as were taken');
for my $id (sort { $orders{$a}{name} cmp $orders{$b}{name} } keys %orders) {
    my $o = $orders{$id};
    my ($payload, $created) = ($records{$id}{payload} // '', $o->{answer});
    utf8::encode($payload);
    $created =~ s/.*?("created_at":"[^"]*").*/$1/s;
    my $rest = qq("buyer_id":"$o->{buyer}","items":$o->{items})
        . (defined $o->{metadata} ? qq(,"metadata":$o->{metadata}}) : '}');
    ok($payload eq qq({"order_id":"$id",$created,$rest), "in Kafka: $o->{name}")
        or diag substr $payload, 0, 300;
    ok($o->{answer} eq qq({"order_id":"$id","state":"placed","published":true,"sequence":1,)
        . "$created,$rest", "answered: $o->{name}") or diag substr $o->{answer}, 0, 300;
}

is_deeply({ map { $_ => 1000000 - $n->stock($_)->{available} } @all },
    { map { $_ => $quantity{$_} // 0 } @all }, 'the stock has gone down by just those');
wait_for(sub { !@{ $redis->cmd('KEYS', '*:due') } });
is_deeply($redis->cmd('KEYS', '*:due'), [], 'no event is due');
is(scalar @{ $redis->cmd('KEYS', '*:order:*') }, keys(%orders) + @all,
    'Redis has the orders that were taken, and the changes of stock');

$t->done;
