package Trade;

# What every .t begins with: a folder of its own, real servers on free ports,
# and their end.
#
#   my $t = Trade->new;
#   my $a = $t->redis('a');
#   my $n = $t->nginx(<<'EOF', REDIS_A => $a->address)->start;
#   ...
#   $t->done;

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname basename);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Scalar::Util qw(weaken);
use Test::More ();
use Trade::Daemon;
use Trade::Kafka;
use Trade::Nginx;
use Trade::Postgres;
use Trade::Redis;

our $root = abs_path(dirname(__FILE__) . '/../..');

$ENV{TRADE_MODULE} //= "$root/build/ngx_trade_module.so";
$ENV{TRADE_HASH_MODULE} //= dirname($ENV{TRADE_MODULE}) . '/ngx_trade_hash_module.so';
$ENV{TRADE_OUT} //= "$root/build";
$SIG{INT} = $SIG{TERM} = sub { exit 130 };
$SIG{PIPE} = 'IGNORE';

my @tests;

sub new {
    my ($class) = @_;
    my $dir = tempdir('trade-XXXXXX', TMPDIR => 1);
    chmod 0755, $dir;
    my ($name) = basename($0) =~ /^([\w-]+)/;
    my $self = bless { dir => $dir, parent => $$, servers => [],
        topic => "$name-$$" }, $class;
    push @tests, $self;
    weaken($tests[-1]);
    return $self;
}

sub dir { $_[0]{dir} }
sub topic { $_[0]{topic} }

sub redis {
    my ($self, $name, %opt) = @_;
    my $r = Trade::Redis->new(dir => "$self->{dir}/redis-$name",
        root => $root, %opt);
    push @{ $self->{servers} }, $r;
    return $r;
}

# The broker all tests share, or one of this test's own.
sub kafka {
    my ($self, %opt) = @_;
    return Trade::Kafka->at($ENV{TRADE_KAFKA})
        if $ENV{TRADE_KAFKA} && !$opt{own};
    delete $opt{own};
    my $k = Trade::Kafka->new(dir => "$self->{dir}/kafka", root => $root, %opt);
    push @{ $self->{servers} }, $k;
    return $k;
}

sub postgres {
    my ($self) = @_;
    my $p = Trade::Postgres->new(dir => "$self->{dir}/postgres");
    push @{ $self->{servers} }, $p;
    return $p;
}

sub nginx { my ($self, @conf) = @_; return $self->_nginx('Trade::Nginx', @conf) }

# One that a new binary can replace (Trade::Daemon).
sub daemon { my ($self, @conf) = @_; return $self->_nginx('Trade::Daemon', @conf) }

sub _nginx {
    my ($self, $class, $conf, %vars) = @_;
    my $n = $class->new(
        dir => "$self->{dir}/nginx-" . @{ $self->{servers} }, conf => $conf,
        vars => { TOPIC => $self->{topic}, %vars });
    push @{ $self->{servers} }, $n;
    return $n;
}

# May we mount? root may not where that has been taken from it.
my $mounts;
sub mounts {
    return $mounts //= do {
        my $dir = tempdir('trade-XXXXXX', TMPDIR => 1, CLEANUP => 1);
        my $can = !$> && system("mount -t tmpfs trade $dir 2>/dev/null") == 0;
        system('umount', $dir) if $can;
        $can;
    };
}

# Makes a folder that is a file system of its own, of that size, if we may mount.
sub disk {
    my ($self, $dir, $size) = @_;
    mkdir $dir or die "$dir: $!\n";
    return $dir unless mounts();
    system('mount', '-t', 'tmpfs', '-o', "size=$size,mode=0777", 'trade', $dir)
        == 0 or die "mount $dir\n";
    push @{ $self->{disks} }, $dir;
    return $dir;
}

# Ends the servers, checks their logs, and the test.
sub done {
    my ($self) = @_;
    for my $n (grep { $_->isa('Trade::Nginx') } @{ $self->{servers} }) {
        $n->stop('QUIT', 20);
        my @alerts = $n->alerts;
        Test::More::is("@alerts", '', 'no alert and no sanitizer report');
    }
    Test::More::done_testing();
}

# Also when a signal ends the test: END comes before objects go in no order.
END { $_ && $_->_end for @tests }

sub DESTROY { $_[0]->_end }

sub _end {
    my ($self) = @_;
    return if $self->{parent} != $$ || $self->{ended}++;
    local ($?, $@, $!);
    $_->stop for reverse @{ $self->{servers} };
    system('umount', '-l', $_) for @{ $self->{disks} || [] };
    if ($ENV{TRADE_KEEP} || !Test::More->builder->is_passing) {
        Test::More::diag("the servers' folders are in $self->{dir}");
    } else {
        remove_tree($self->{dir});
    }
}

1;
