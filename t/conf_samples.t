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

# the files of conf/ are laid out with these ports; the rest of the
# configuration stands below

my %ports = ('127.0.0.1:8080' => "127.0.0.1:$port", '127.0.0.1:9092' => $kafka->address,
    '127.0.0.1:7001' => $a->address, '127.0.0.1:7002' => $b->address);
my $dir = $t->dir . '/run';
mkdir $_ for $dir, "$dir/logs", "$dir/conf";
for my $name (qw(nginx.conf shards.conf)) {
    my $text = slurp("$Trade::root/conf/$name");
    $text =~ s{(127\.0\.0\.1:\d+)}{$ports{$1} // $1}ge;
    spew("$dir/conf/$name", $text);
}
my @nginx = (Trade::Nginx::program($dir), '-p', $dir, '-e', "$dir/logs/error.log",
    '-g', "load_module $ENV{TRADE_MODULE}; daemon off;");

$kafka->make_topic('orders');

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
is($n->stock($skus[0])->{available}, 1, 'the orders have taken their units');
ok($_->cmd('DBSIZE') > 1, 'each shard has some orders') for $a, $b;

$p->stop('QUIT', 20);
my $log = slurp("$dir/logs/access.log");
my $id = (sort keys %ids)[0];
like($log, qr{^127\.0\.0\.1 \[\S+\] "POST /v1/orders HTTP/1\.1" 201 created order=$id sku=$ids{$id} }m,
    'an order is in the access log');
like($log, qr{ order=$id sku=\S+ shard=[ab] reserve=[\d.]+ publish=[\d.]+ kafka=\d+/\d+ total=[\d.]+$}m,
    'the access log has all fields of an order');
like($log, qr/ order=\S+ sku=\S+ shard=$_ /, "the access log names shard $_") for qw(a b);
my @complaints = grep { !/\[(?:notice|info)\]/ } split /\n/, slurp("$dir/logs/error.log");
is("@complaints", '', 'the error log has no complaint');
is(join('', map { slurp($_) } glob "$dir/asan* $dir/ubsan* $dir/valgrind.*"), '',
    'the error log has no report of a sanitizer');

# The suggestions in comments of conf/, and in the documents, pass nginx -t.

sub passes {
    my ($what, $conf) = @_;
    spew("$dir/conf/sample.conf", $conf);
    my $check = Trade::Process->new(log => "$dir/check", env => $env, command => [
        Trade::Nginx::program($dir), '-p', $dir, '-e', "$dir/logs/error.log",
        '-c', "$dir/conf/sample.conf", '-g', "pid $dir/nginx.pid;", '-t']);
    $check->wait_end(20);
    my $said = slurp("$dir/check");
    unlink "$dir/check";
    ok($check->{status} == 0 && $said !~ /\[(?:warn|error|emerg)\]/, "$what passes")
        or diag($said);
}

spew("$dir/conf/redis.password", "secret\n");
mkdir "$dir/modules";
symlink $ENV{TRADE_MODULE}, "$dir/modules/ngx_trade_module.so";
symlink $ENV{TRADE_HASH_MODULE}, "$dir/modules/ngx_trade_hash_module.so";
my $load = join ' ', map { "load_module modules/ngx_$_.so;" } qw(trade_module trade_hash_module);
my $own = join ' ', "access_log $dir/logs/access.log;", map { "${_}_temp_path $dir/$_;" }
    qw(client_body proxy fastcgi uwsgi scgi);

my $text = slurp("$dir/conf/nginx.conf");
my $suggestions = $text =~ s/^( +)# (.*[;{}](?: +# .*)?)$/$1$2/mg;
ok($suggestions > 15, 'conf/nginx.conf has suggestions');
passes('conf/nginx.conf with its suggestions',
    "$load\n" . $text =~ s/^pid .*$//mr =~ s/property security\.protocol ssl;//r);

my %found;
for my $path (map { glob("$Trade::root/$_") } qw(*.md docs/*.md examples/*.md)) {
    my $file = $path =~ s{^\Q$Trade::root\E/}{}r;
    for my $sample (samples(slurp($path))) {
        my ($first) = $sample =~ /^\s*(\w+)/;
        my ($http, $server) = $first eq 'location' ? ('', $sample) : ($sample, '');
        my $conf = $first eq 'load_module' ? $sample : <<"EOF";
$load
events {}
http {
    trade_zone main:16m;
    trade_redis stock { server 127.0.0.1:7001 name=a; }
    trade_kafka orders { brokers 127.0.0.1:9092; topic orders; }
    upstream backend { server 127.0.0.1:8081; }
    $http
    server {
        $server
    }
}
EOF
        $conf =~ s/^http \{/http { $own/m;
        $conf =~ s/^    server \{/    server { listen 127.0.0.1:$port;/m;
        passes("$file, $first", $conf);
        $found{"$file $first"}++;
    }
}
ok($found{$_}, "$_ was found") for 'README.md load_module',
    'docs/directives.md location',
    'docs/directives.md upstream', 'docs/reconcile.md log_format';

$t->done;

# The indented blocks of a document that are in nginx's syntax: each line ends as
# one of a configuration does.
sub samples {
    my ($text) = @_;
    my @samples;
    for my $block ($text =~ /((?:^(?: {4}.*)?\n)+)/mg) {
        my @lines = grep { /\S/ && !/^\s*#/ } split /\n/, $block;
        push @samples, $block =~ s/^ {4}//mgr
            if @lines && $lines[0] =~ /^\s*[a-z_]+\b/ && !grep {
            !/[;{}](?:\s+#.*)?\s*$/ } @lines;
    }
    return @samples;
}
