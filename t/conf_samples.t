# The configurations in conf/ work together as they are: with nothing but the
# ports replaced nginx boots on them, takes orders on both shards, and logs them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;
use Trade::Process qw(free_port slurp spew wait_for wait_port);

my $t = Trade->new;
my ($a, $b) = ($t->redis('a'), $t->redis('b'));
my $kafka = $t->kafka;
my $port = free_port();

# what conf/ has is laid out with these ports; what is not in it stands below

my %ports = ('127.0.0.1:8080' => "127.0.0.1:$port", '127.0.0.1:9092' => $kafka->address,
    '127.0.0.1:7001' => $a->address, '127.0.0.1:7002' => $b->address);
my $dir = $t->dir . '/run';
mkdir $_ for $dir, "$dir/logs", "$dir/conf";
for my $name (qw(nginx.conf shards.conf)) {
    my $text = slurp("$Trade::root/conf/$name");
    $text =~ s/(127\.0\.0\.1:\d+)/$ports{$1}/g;
    spew("$dir/conf/$name", $text);
}
my @nginx = (Trade::Nginx::program($dir), '-p', $dir, '-e', "$dir/logs/error.log",
    '-g', "load_module $ENV{TRADE_MODULE}; daemon off;");

my $env = Trade::Nginx::environment($dir);
my $p = Trade::Process->new(log => "$dir/stderr", env => $env,
    command => [@nginx, '-c', "$dir/conf/nginx.conf"]);
wait_port($port, 20) or diag(slurp("$dir/stderr"));
my $n = Trade::Nginx->new(dir => "$dir/client", port => $port, conf => '');
ok(wait_for(sub {
    my $s = $n->status or return;
    return 2 == grep { $_->{state} eq 'up' } @{ $s->{shards} };
}, 20), 'both shards are up');

my @skus = map { "sample-$$-$_" } 1 .. 12;
my (%ids, @bad);
for my $sku (@skus) {
    my $r = $n->put_stock($sku, total => 2);
    push @bad, "stock: $r->{body}" if $r->{status} != 200;
    $r = $n->order([$sku => 1], "buyer-of-$sku", "key-$sku");
    push @bad, "order: $r->{body}" if $r->{status} != 201;
    $ids{ $r->{json}{order_id} // '' } = $sku;
}
is("@bad", '', 'stock is set and orders are placed');

my @records = grep { $ids{ $_->{key} } } $kafka->orders('orders');
is(scalar @records, scalar @skus, 'all of them are in the topic');
is($n->stock($skus[0])->{available}, 1, 'and have taken their units');
ok($_->cmd('DBSIZE') > 1, 'each shard has some') for $a, $b;

$p->stop('QUIT', 20);
my $log = slurp("$dir/logs/access.log");
my $id = (sort keys %ids)[0];
like($log, qr{^127\.0\.0\.1 \[\S+\] "POST /v1/orders HTTP/1\.1" 201 created order=$id sku=$ids{$id} }m,
    'an order is in the access log');
like($log, qr{ order=$id sku=\S+ shard=[ab] reserve=[\d.]+ publish=[\d.]+ kafka=\d+/\d+ total=[\d.]+$}m,
    'with all there is to say of it');
like($log, qr/ order=\S+ sku=\S+ shard=$_ /, "shard $_ is in it") for qw(a b);
my @complaints = grep { !/\[(?:notice|info)\]/ } split /\n/, slurp("$dir/logs/error.log");
is("@complaints", '', 'the error log has no complaint');
is(join('', map { slurp($_) } glob "$dir/asan* $dir/ubsan* $dir/valgrind.*"), '',
    'nor has a sanitizer');

# what stands there as a comment, to be taken in

my $text = slurp("$dir/conf/nginx.conf");
is($text =~ s/^(\s+)# ((?:user|password_file|connections|durability|property) )/$1$2/mg, 6,
    'there are suggestions');
spew("$dir/conf/more.conf", $text);
spew("$dir/conf/redis.password", "secret\n");
my $check = Trade::Process->new(log => "$dir/check", env => $env,
    command => [@nginx, '-c', "$dir/conf/more.conf", '-t']);
$check->wait_end(20);
is($check->{status}, 0, 'they pass too') or diag(slurp("$dir/check"));

$t->done;
